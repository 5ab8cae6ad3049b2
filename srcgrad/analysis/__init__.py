"""Facts about a tree, never a change to it."""
