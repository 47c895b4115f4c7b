"""Sphinx's configuration."""

import json
import re
from functools import cache
from importlib.resources import files
from typing import cast

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

import lightsail_ops
from lightsail_ops import OperationType, RegionName, __version__
from lightsail_ops.enums import OpenStrEnum

project = "lightsail-ops"
author = "The lightsail-ops authors"
version = release = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
]
exclude_patterns = ["_build", "examples", "generate"]
html_theme = "furo"
html_title = f"lightsail-ops {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False

smartquotes_action = "D"  # only dashes: Sphinx writes "--" between a parameter and its text

myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
napoleon_google_docstring = True
default_role = "code"  # docstrings name things in single backticks

copybutton_prompt_text = "$ "
copybutton_exclude = ".linenos, .gp"

API = "https://docs.aws.amazon.com/lightsail/2016-07-28/api-reference"


def setup(app: Sphinx) -> None:
    app.connect("autodoc-process-docstring", mark_examples, priority=400)  # before napoleon
    app.connect("autodoc-process-docstring", allow_plurals)
    app.connect("object-description-transform", link_enum_member)


def mark_examples(*arguments: object) -> None:
    """Make the examples of docstrings literal blocks."""
    lines = cast("list[str]", arguments[-1])
    if "Example:" in lines:
        index = lines.index("Example:")
        lines[index : index + 1] = ["Example::", ""]


def allow_plurals(*arguments: object) -> None:
    """Let a letter follow a backtick: reStructuredText wants a backslash and a space between."""
    lines = cast("list[str]", arguments[-1])
    lines[:] = [re.sub(r"(`[^`]+`)([a-z]?)", r"\1\\ \2", line) for line in lines]


def link_enum_member(*arguments: object) -> None:
    """Make the value of each enum's member a link to AWS's page about it."""
    signature = cast("addnodes.desc_content", arguments[-1]).parent[0]
    class_name, _, name = signature.get("fullname", "").partition(".")
    enum = getattr(lightsail_ops, class_name, None)
    if name and isinstance(enum, type) and issubclass(enum, OpenStrEnum):
        (annotation,) = signature.findall(addnodes.desc_annotation)
        value = annotation[-1]
        uri = f"{API}/{page_of(enum[name])}.html"
        annotation.replace(value, nodes.reference("", value.astext(), refuri=uri, internal=False))


def page_of(member: OpenStrEnum) -> str:
    """Return the page of the action that begins such operations, or else that of the field."""
    if isinstance(member, RegionName):
        return "API_ResourceLocation"
    if isinstance(member, OperationType):
        for action in (member.value, f"{member.value}s"):
            if action in lightsail_actions():
                return f"API_{action}"
    return "API_Operation"


@cache
def lightsail_actions() -> frozenset[str]:
    import gzip

    folder = files("botocore") / "data" / "lightsail" / "2016-11-28"
    model = json.loads(gzip.decompress((folder / "service-2.json.gz").read_bytes()))
    return frozenset(model["operations"])
