"""Builds Lightsail clients with this library's defaults."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from copy import copy
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, cast
from urllib.parse import urlsplit

from lightsail_ops._botocore.translation import configuration_errors
from lightsail_ops._inputs import check_string
from lightsail_ops._version import __version__
from lightsail_ops.enums import RegionName

if TYPE_CHECKING:
    from botocore.session import Session as CoreSession


class Boto3Session(Protocol):
    """The part of `boto3.session.Session` that builds a client."""

    # Any: boto3-stubs overload the method for each service that they know.
    def client(self, *args: Any, **kwargs: Any) -> Any:
        """Build a client of a service."""
        ...


class BotocoreSession(Protocol):
    """The part of `botocore.session.Session` that builds a client."""

    def create_client(self, *args: Any, **kwargs: Any) -> Any:
        """Build a client of a service."""
        ...


class BotocoreConfig(Protocol):
    """The part of `botocore.config.Config` that combines two of them."""

    def merge(self, other_config: Any) -> Any:
        """Return a config with the other's options on top."""
        ...


Session: TypeAlias = Boto3Session | BotocoreSession


# botocore's handlers, and an event emitter that has them: a list, which is empty at first.
_emitters: list[tuple[list[object], Any]] = []


def new_session(profile: str | None = None) -> CoreSession:
    """Make a session of this machine's configuration; raises as `build_client` does."""
    # Late, and not boto3's: importing it takes longer than importing all of this library.
    import botocore.session
    from botocore.handlers import BUILTIN_HANDLERS
    from botocore.hooks import HierarchicalEmitter

    from lightsail_ops._botocore.data import share_loader

    # Registering botocore's handlers, to which moto adds its own, takes half of a session's time.
    emitters = [copy(emitter) for handlers, emitter in _emitters if handlers == BUILTIN_HANDLERS]
    emitter = emitters[0] if emitters else HierarchicalEmitter()
    with configuration_errors():
        session = botocore.session.Session(
            profile=profile, event_hooks=emitter, include_builtin_handlers=not emitters
        )
        share_loader(session)
    if not emitters:
        _emitters[:] = [(list(BUILTIN_HANDLERS), copy(emitter))]
    return session


def _find_session() -> Session:
    """Return boto3's default session if the program has set one up, or else a new session."""
    boto3 = sys.modules.get("boto3")  # which need not be imported for this
    return getattr(boto3, "DEFAULT_SESSION", None) or new_session()


def build_client(
    session: Session | None,
    region_name: str | None,
    endpoint_url: str | None,
    config: BotocoreConfig | None,
) -> Any:
    """Build a client, with the arguments and errors of `OperationsClient.from_session`."""
    from botocore.config import Config  # late, as the session

    if region_name is not None:
        check_string("region_name", region_name)
    if endpoint_url is not None:
        check_endpoint_url(endpoint_url)
    if config is not None and not isinstance(config, Config):
        raise TypeError(f"config must be a botocore Config, not {type(config).__name__}")
    session = _find_session() if session is None else session
    build = _find_method(session, "client", "create_client")
    with configuration_errors():
        merged = _add_defaults(config, session)
        return build("lightsail", region_name=region_name, endpoint_url=endpoint_url, config=merged)


def build_regional_clients(
    session: Session | None,
    regions: Iterable[RegionName | str] | None,
    endpoint_url: str | None,
    config: BotocoreConfig | None,
) -> dict[RegionName, Any]:
    """Build a client for each region, with the arguments and errors of `Fleet.from_session`."""
    if isinstance(regions, str):
        raise TypeError(f"regions must be an iterable of names, such as [{regions!r}]")
    session = _find_session() if session is None else session
    if regions is None:
        list_regions = _find_method(session, "get_available_regions")
        with configuration_errors():
            names = list(list_regions("lightsail"))
    else:
        from lightsail_ops._botocore.data import describe_unknown_region, is_known_region

        names = list(regions)
        for index, name in enumerate(names):
            check_string(f"regions[{index}]", name)
            if not is_known_region(str(name)):
                raise ValueError(describe_unknown_region(str(name)))
    return {
        RegionName(name): build_client(session, str(name), endpoint_url, config) for name in names
    }


def _find_method(session: Any, *names: str) -> Callable[..., Any]:
    """Return the first of some methods that a session has."""
    if isinstance(session, type):
        raise TypeError(f"session must be a session, as in {session.__name__}(), not the class")
    for name in names:
        method: Callable[..., Any] | None = getattr(session, name, None)
        if callable(method):
            return method
    raise TypeError(f"session must be a boto3 session, not {type(session).__name__}")


def check_endpoint_url(endpoint_url: object) -> None:
    """Check a URL without quoting it, since it may hold a password."""
    from botocore.utils import is_valid_endpoint_url, is_valid_ipv6_endpoint_url  # as the session

    check_string("endpoint_url", endpoint_url)
    url = str(endpoint_url)
    try:
        parts = urlsplit(url)
        is_valid = parts.scheme in {"http", "https"} and parts.port != 0
        # The condition on which botocore.endpoint accepts a URL.
        is_valid = is_valid and (is_valid_endpoint_url(url) or is_valid_ipv6_endpoint_url(url))
    except ValueError:
        is_valid = False
    if not is_valid:
        raise ValueError(
            "endpoint_url must have a scheme, a host and a valid port, "
            "as in http://127.0.0.1:5005 or https://lightsail.us-west-2.amazonaws.com"
        )


def _add_defaults(config: Any, session: Any) -> Any:
    """Return a config with this library's user agent, and its retry mode if no other is named."""
    from botocore.config import Config  # late, as the session

    core = getattr(session, "_session", session)  # boto3's wraps botocore's, without a public name
    if not hasattr(core, "get_default_client_config"):  # one that wraps another session
        core = new_session()
    # botocore would put the session's own config below this one; its user agent must not be lost.
    base: Any = core.get_default_client_config() or Config()
    base = base if config is None else base.merge(config)
    retries: dict[str, Any] = dict(base.retries or {})
    places = (core.instance_variables(), core.get_scoped_config())
    if "AWS_RETRY_MODE" not in os.environ and not any("retry_mode" in each for each in places):
        retries.setdefault("mode", "standard")
    user_agent = f"lightsail-ops/{__version__} {base.user_agent_extra or ''}".strip()
    return base.merge(Config(retries=cast("Any", retries), user_agent_extra=user_agent))
