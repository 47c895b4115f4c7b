"""The program: its commands, its errors and its exit status."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click
from botocore.exceptions import BotoCoreError
from click.exceptions import Exit

from lightsail_ops import __version__
from lightsail_ops.cli.columns import suggest
from lightsail_ops.cli.errors import CommandError, ExitStatus, describe, describe_warning
from lightsail_ops.cli.signals import Signals, to_interrupted
from lightsail_ops.cli.terminal import Terminal, discard_output, prepare_streams
from lightsail_ops.errors import LightsailError

NAME = "lightsail-ops"
_COMPLETION_VARIABLE = "_LIGHTSAIL_OPS_COMPLETE"
_PAUSE = 60.0  # seconds between two equal warnings


def run(arguments: Sequence[str]) -> int:
    """Run the program, print what went wrong in one line or two, and return the exit status."""
    prepare_streams()
    try:
        with Signals() as signals:
            return _run_reporting(list(arguments), Terminal(signals))
    except KeyboardInterrupt as error:  # while another error was being reported
        return to_interrupted(error).status


def _run_reporting(arguments: list[str], terminal: Terminal) -> int:
    handler, logger = _WarningHandler(terminal), logging.getLogger("lightsail_ops")
    logger.addHandler(handler)
    try:
        return _run(arguments, terminal)
    except BrokenPipeError:
        discard_output(sys.stdout)  # the reader has had enough, which is no error
        return ExitStatus.DONE
    except KeyboardInterrupt as error:
        interrupted = to_interrupted(error)
        terminal.report(str(interrupted), *getattr(error, "__notes__", ()))
        return interrupted.status
    except CommandError as error:
        terminal.report(error.message, *error.advice)
        return error.status
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else NAME
        terminal.report(error.format_message(), f"{command} --help shows the options.")
        return ExitStatus.USAGE
    except (LightsailError, BotoCoreError, OSError) as error:
        terminal.report(*describe(error))
        if isinstance(error, OSError) and error.filename is None:
            discard_output(sys.stdout)  # its buffer would fail again at the exit
        return ExitStatus.FAILED
    finally:
        logger.removeHandler(handler)
        terminal.clear()
        if terminal.signals.was_forced:
            discard_output(sys.stdout)  # nobody reads it
        try:
            sys.stderr.flush()
        except OSError:
            discard_output(sys.stderr)


def _run(arguments: list[str], terminal: Terminal) -> int:
    # Not app.main(), which ends the process at a closed pipe and handles Ctrl-C in its own way.
    if instruction := os.environ.get(_COMPLETION_VARIABLE):
        return _complete(instruction)
    try:
        with app.make_context(NAME, arguments, obj=terminal) as context:
            status: int | None = app.invoke(context)
            return status or ExitStatus.DONE
    except Exit as error:
        return error.exit_code
    finally:
        if not terminal.signals.was_forced:
            sys.stdout.flush()  # here, and not at the exit, an error of it can be reported


class Commands(click.Group):
    """The commands, each of which is imported from the module of its name when it is needed."""

    names: tuple[str, ...] = ("list", "show", "watch", "wait", "timeline")

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the help."""
        return list(self.names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in self.names:
            return None
        command: click.Command = import_module(f"lightsail_ops.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return a command, or suggest one that looks like what was written."""
        name = args[0]
        if name not in self.names and not name.startswith("-") and not ctx.resilient_parsing:
            message = f"there is no command {name!r}. {suggest(name, self.names)}"
            raise click.UsageError(message.rstrip(), ctx)
        return super().resolve_command(ctx, args)


@click.group(
    name=NAME,
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Try it without an AWS account: lightsail-ops list --demo",
)
@click.version_option(__version__, message="%(prog)s %(version)s", help="Show the version.")
@click.option(
    "--completion",
    "shell",
    metavar="SHELL",
    type=click.Choice(["bash", "fish", "zsh"]),
    help="Show the script that completes words in bash, fish or zsh.",
)
@click.pass_context
def app(context: click.Context, *, shell: str | None) -> None:
    """List, show, watch, wait for and draw the operations of an Amazon Lightsail account."""
    if shell:
        _complete(f"{shell}_source")
        context.exit()
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


class _WarningHandler(logging.Handler):
    """Prints the library's warnings as this program prints errors, the same one once a minute."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(logging.WARNING)
        self._terminal = terminal
        self._printed_at: dict[str, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        message, key = describe_warning(record.getMessage())
        if record.created - self._printed_at.get(key, 0.0) >= _PAUSE:
            self._printed_at[key] = record.created
            self._terminal.report(message, label="warning")


def _complete(instruction: str) -> int:
    """Print a shell's script, or the completions that it wants, and return the exit status."""
    from click.shell_completion import (  # late: only the shell needs it
        BashComplete,
        CompletionItem,
        FishComplete,
        ShellComplete,
        ZshComplete,
        add_completion_class,
        shell_complete,
    )

    class _Joined(ShellComplete):
        """Completes `--status=F`: bash makes three words of it, and others replace it whole."""

        def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[Any]]:
            items = super().get_completions([arg for arg in args if arg != "="], incomplete)
            option, separator, _ = incomplete.partition("=")
            for item in items:
                if separator and option.startswith("-") and item.type == "plain":
                    item.value = f"{option}={item.value}"
            return items

    class _Zsh(_Joined, ZshComplete):
        # The names of files are completed by zsh itself, behind what stands before them.
        source_template = ZshComplete.source_template.replace(
            "_path_files -f", "compset -P '--*='; _path_files -f"
        )

    class _Fish(_Joined, FishComplete):
        # A value may hold commas, and a file stand behind an option.
        source_template = FishComplete.source_template.replace(
            'split ","', 'split --max 1 ","'
        ).replace("__fish_complete_path $metadata[2]", "complete -C \"'' \"(commandline -ct)")

    for cls in (type("_Bash", (_Joined, BashComplete), {}), _Fish, _Zsh):
        add_completion_class(cls)
    try:
        status = shell_complete(app, {}, NAME, _COMPLETION_VARIABLE, instruction)
    except (KeyError, ValueError):  # the variables with the words are missing, or something else
        status = 1
    if status:
        raise CommandError(
            f"the variable {_COMPLETION_VARIABLE} is set, but not as a shell does it.",
            f"unset {_COMPLETION_VARIABLE}",
            status=ExitStatus.USAGE,
        )
    return status
