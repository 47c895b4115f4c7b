"""The account of a command: the clients of some of its regions, or of the demonstration."""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from lightsail_ops.cli.errors import CommandError
from lightsail_ops.cli.options import Options
from lightsail_ops.cli.terminal import Terminal
from lightsail_ops.client import OperationsClient
from lightsail_ops.enums import RegionName

if TYPE_CHECKING:
    from botocore.session import Session

    from lightsail_ops.cli.demo import Demo


class Account(NamedTuple):
    """An account, in some regions."""

    clients: Mapping[RegionName, OperationsClient]
    name: str
    """The profile, and the server if it is not AWS: what tells accounts apart in a cursor file."""

    demo: Demo | None = None

    def play(self, *, first: Sequence[str] = ()) -> AbstractContextManager[None]:
        """Let the operations of the demonstration go on for a `with` block, as `Demo.play` does."""
        return self.demo.play(self.clients, first) if self.demo else nullcontext()


@contextmanager
def connect(
    terminal: Terminal, options: Options, regions: Sequence[str] = ()
) -> Generator[Account]:
    """Make clients for a `with` block, whose responses the terminal notes.

    The regions default to those that the options name, and these to the account's own.
    """
    names = None if options.all_regions else regions or options.regions
    with ExitStack() as stack:
        demo, endpoint_url, config = None, options.endpoint_url, None
        if options.demo:
            from lightsail_ops.cli.demo import Demo  # late: only --demo needs it

            demo = stack.enter_context(Demo.serve(names))
            endpoint_url, config = demo.endpoint_url, demo.config
        from lightsail_ops._botocore.session import new_session  # late: an error needs no AWS

        session = new_session(options.profile)
        if names is None:
            names = session.get_available_regions("lightsail")
        else:
            names = names or [_default_region(session)]
        clients = {
            RegionName(name): stack.enter_context(
                OperationsClient.from_session(
                    session, region_name=name, endpoint_url=endpoint_url, config=config
                )
            )
            for name in names
        }
        for client in clients.values():
            _meta(client).events.register("after-call.lightsail", terminal.note_response)
        account_name = "demo" if demo else session.profile or "default"
        if demo is None and (server := _find_server(next(iter(clients.values())))):
            account_name += f" {server}"
        yield Account(clients, account_name, demo)


def _meta(client: OperationsClient) -> Any:
    core: Any = client.client  # its type has no more than the library needs
    return core.meta


def _find_server(client: OperationsClient) -> str:
    """Return the URL of a client's server, without a password; an empty string if it is AWS's.

    An option, a variable or the configuration may name it.
    """
    endpoint_url: str = _meta(client).endpoint_url
    url = urlsplit(endpoint_url)
    is_aws = f".{url.hostname}".endswith((".amazonaws.com", ".amazonaws.com.cn", ".api.aws"))
    url = url._replace(netloc=url.netloc.rpartition("@")[2], path=url.path.rstrip("/"))
    return "" if is_aws else url.geturl()


def _default_region(session: Session) -> str:
    region = (
        os.environ.get("AWS_REGION")
        or session.get_config_variable("region")
        or session.get_scoped_config().get("region")  # botocore obeys an empty AWS_DEFAULT_REGION
    )
    if not region:
        raise CommandError(
            "no region is named.",
            "Name one with --region us-west-2, or set AWS_REGION.",
        )
    return region
