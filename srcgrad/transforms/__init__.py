"""One rewrite a file, program to program."""
