"""Sphinx's configuration."""

from lightsail_ops import __version__

project = "lightsail-ops"
author = "the lightsail-ops developers"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "examples"]
html_theme = "furo"
html_title = "lightsail-ops"
html_copy_source = False
html_show_sphinx = False

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
napoleon_google_docstring = True
# Docstrings name things in single backticks.
default_role = "code"
nitpicky = False
