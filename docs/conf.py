"""Sphinx configuration: building a page runs it, and a cell that fails fails the build."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version as installed_version

project = "srcgrad"
author = "srcgrad developers"
project_copyright = "2026, srcgrad developers"
release = installed_version("srcgrad")
version = release

extensions = ["myst_nb"]
exclude_patterns = ["_build", "jupyter_execute"]
html_theme = "furo"
html_title = "srcgrad"
html_show_sphinx = False

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

nb_execution_mode = "force"
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_merge_streams = True

# The cells call the command `srcgrad` of the environment that builds the pages.
os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
