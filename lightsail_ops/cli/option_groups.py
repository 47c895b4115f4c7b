"""Groups of options: a frozen attrs class says what a command takes, and click parses it.

A field of such a class is annotated with its type and its `click.Option` or `click.Argument`.
A command names the groups that it takes as the types of its parameters, so no two commands repeat
an option:

    @command("list")
    def list_operations(source: SourceOptions, selection: SelectionOptions) -> ExitStatus: ...
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, ClassVar, get_args, get_origin, get_type_hints

import click

from lightsail_ops.cli.errors import ExitStatus


class OptionGroup:
    """The base class of a group of options."""

    heading: ClassVar[str]
    """The heading of the group in the help."""


class OptionsCommand(click.Command):
    """A command whose function gets an instance of each of its groups of options."""

    def __init__(
        self, name: str, function: Callable[..., ExitStatus], examples: tuple[str, ...]
    ) -> None:
        """Take the groups from the types of the function's parameters."""
        self.examples: tuple[str, ...] = examples
        hints = get_type_hints(function)
        del hints["return"]
        self._groups: Mapping[str, type[OptionGroup]] = hints
        self._function = function
        super().__init__(
            name,
            params=[each for _, options in self.options_by_group() for each in options],
            help=inspect.getdoc(function),
        )

    def options_by_group(self) -> list[tuple[type[OptionGroup], list[click.Parameter]]]:
        """Return the groups, each with its options and arguments."""
        return [(group, _parameters_of(group)) for group in self._groups.values()]

    def invoke(self, ctx: click.Context) -> ExitStatus:
        """Build the groups from what was parsed, and run the function."""
        given = {name: value for name, value in ctx.params.items() if value not in (None, ())}
        try:
            groups = {name: _build(group, given) for name, group in self._groups.items()}
            return self._function(**groups)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx  # it says which command's help to read
            raise

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a section for each group into the help."""
        for group, options in self.options_by_group():
            records = [each.get_help_record(ctx) for each in options]  # None for an argument
            with formatter.section(group.heading):
                formatter.write_dl([record for record in records if record is not None])

    def format_epilog(
        self,
        ctx: click.Context,
        formatter: click.HelpFormatter,
    ) -> None:
        """Write the examples into the help, as they are."""
        with formatter.section("Examples"):
            for example in self.examples:
                formatter.write(f"{'':{formatter.current_indent}}{example}\n")


def command(name: str, *examples: str) -> Callable[[Callable[..., ExitStatus]], OptionsCommand]:
    """Make a command of a function; see the module's docstring.

    Args:
        name: what a user calls it.
        examples: lines of a shell, for its help.
    """
    return lambda function: OptionsCommand(name, function, examples)


def _parameters_of(group: type[OptionGroup]) -> list[click.Parameter]:
    annotations = get_type_hints(group, include_extras=True).values()
    return [
        parameter
        for annotation in annotations
        if get_origin(annotation) is Annotated
        for parameter in get_args(annotation)
        if isinstance(parameter, click.Parameter)
    ]


def _build(group: type[OptionGroup], given: Mapping[str, object]) -> object:
    names = [str(parameter.name) for parameter in _parameters_of(group)]
    return group(**{name: given[name] for name in names if name in given})
