"""The program: its commands, its errors and its exit status."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import ClassVar

import click
from botocore.exceptions import BotoCoreError
from click.exceptions import Exit
from click.shell_completion import shell_complete

from lightsail_ops import __version__
from lightsail_ops.cli.errors import (
    CommandError,
    ExitStatus,
    describe,
    report,
    resume_advice,
    warn,
)
from lightsail_ops.cli.terminal import discard_output, prepare_streams
from lightsail_ops.errors import InvalidInputError, LightsailError

NAME = "lightsail-ops"
_COMPLETION_VARIABLE = "_LIGHTSAIL_OPS_COMPLETE"
_SHELLS = ("bash", "fish", "zsh")


def run(arguments: Sequence[str]) -> int:
    """Run the program, print what went wrong in one line or two, and return the exit status."""
    prepare_streams()
    try:
        with _warnings_shown():
            return _run(list(arguments))
    except BrokenPipeError:
        discard_output()  # the reader has had enough, which is no error
        return ExitStatus.DONE
    except KeyboardInterrupt:
        report("interrupted.")
        return ExitStatus.INTERRUPTED
    except (CommandError, click.UsageError) as error:
        return _end_by_usage(error)
    except (LightsailError, BotoCoreError, OSError) as error:
        return _end_by_error(error)


class Commands(click.Group):
    """The commands, each of which is imported when it is needed."""

    # For each command, the function in the module of its name.
    functions: ClassVar[dict[str, str]] = {
        "list": "list_operations",
        "watch": "watch",
        "wait": "wait",
        "timeline": "draw_timeline",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the help."""
        return list(self.functions)

    def get_command(
        self,
        ctx: click.Context,
        cmd_name: str,
    ) -> click.Command | None:
        """Import a command."""
        if cmd_name not in self.functions:
            return None
        module = import_module(f"lightsail_ops.cli.commands.{cmd_name}")
        command: click.Command = getattr(module, self.functions[cmd_name])
        return command


@click.group(
    name=NAME,
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Try it without an AWS account: lightsail-ops list --demo",
)
@click.option("--version", is_flag=True, help="Show the version.")
@click.option(
    "--completion",
    metavar="SHELL",
    type=click.Choice(_SHELLS),
    help="Show the script that completes words in bash, fish or zsh.",
)
@click.pass_context
def app(context: click.Context, *, version: bool, completion: str | None) -> None:
    """List, watch, wait for and draw the operations of an Amazon Lightsail account."""
    if version:
        click.echo(f"{NAME} {__version__}")
    elif completion:
        shell_complete(app, {}, NAME, _COMPLETION_VARIABLE, f"{completion}_source")
    elif context.invoked_subcommand is None:
        click.echo(context.get_help())
    if version or completion:
        context.exit()


def _run(arguments: list[str]) -> int:
    # Not app.main(), which ends the process at a closed pipe and handles Ctrl-C in its own way.
    if instruction := os.environ.get(_COMPLETION_VARIABLE):
        return shell_complete(app, {}, NAME, _COMPLETION_VARIABLE, instruction)
    try:
        with app.make_context(NAME, arguments) as context:
            status: int | None = app.invoke(context)
            return status or ExitStatus.DONE
    except Exit as error:
        return error.exit_code
    finally:
        sys.stdout.flush()  # here, and not at the exit, an error of it can be reported


@contextmanager
def _warnings_shown() -> Generator[None]:
    """Print the library's warnings, such as that it retries, as this program prints errors."""
    handler = _WarningHandler(logging.WARNING)
    logger = logging.getLogger("lightsail_ops")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


class _WarningHandler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        warn(record.getMessage())


def _end_by_usage(error: CommandError | click.UsageError) -> ExitStatus:
    if isinstance(error, CommandError):
        report(error.message, *error.advice)
        return error.status
    command = error.ctx.command_path if error.ctx else NAME
    report(error.format_message(), f"{command} --help shows the options.")
    return ExitStatus.USAGE


def _end_by_error(error: LightsailError | BotoCoreError | OSError) -> ExitStatus:
    description = describe(error)
    report(description.message, description.advice, _resume_advice(error))
    if isinstance(error, OSError) and error.filename is None:
        discard_output()  # its buffer would fail again at the exit
    return ExitStatus.FAILED


def _resume_advice(error: Exception) -> str:
    token = error.page_token if isinstance(error, LightsailError) else None
    if token is None or isinstance(error, InvalidInputError):  # then it may be the token itself
        return ""
    return resume_advice(token)
