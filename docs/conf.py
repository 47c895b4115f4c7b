"""Sphinx's configuration."""

from lightsail_ops import __version__

project = "lightsail-ops"
author = "the lightsail-ops developers"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "examples"]
html_theme = "furo"
html_title = "lightsail-ops"
html_static_path = ["_static"]
html_css_files = ["tables.css"]
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False

smartquotes = False  # they would turn "--strict" into a dash and a word

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
napoleon_google_docstring = True
# Docstrings name things in single backticks.
default_role = "code"
nitpicky = False
