"""The ports of an instance's firewall: what is open, and to whom."""

from __future__ import annotations

from lightsail_ops.testing._data import JsonObject

_ANYWHERE = frozenset({"0.0.0.0/0", "::/0"})
_LISTS = ("cidrs", "ipv6Cidrs", "cidrListAliases")


def new_ports(blueprint: JsonObject) -> list[JsonObject]:
    """Return the ports that are open on a new instance of a blueprint."""
    ports = [80, 3389] if blueprint["platform"] == "WINDOWS" else [80, 22]
    if blueprint["username"] == "bitnami":
        ports.append(443)
    return [new_port({"fromPort": port, "toPort": port, "protocol": "tcp"}) for port in ports]


def new_port(info: JsonObject) -> JsonObject:
    """Return a port as an instance keeps it. Without addresses, it is open to anywhere."""
    is_open_to_all = not any(info.get(name) for name in _LISTS)
    ends: JsonObject = {name: info.get(name, 0) for name in ("fromPort", "toPort")}
    return ends | {
        "protocol": info.get("protocol", "tcp"),
        "cidrs": ["0.0.0.0/0"] if is_open_to_all else _with_mask(info.get("cidrs", []), 32),
        "ipv6Cidrs": ["::/0"] if is_open_to_all else _with_mask(info.get("ipv6Cidrs", []), 128),
        "cidrListAliases": list(info.get("cidrListAliases", [])),
    }


def open_port(ports: list[JsonObject], info: JsonObject) -> list[JsonObject]:
    """Return the ports with one more, or with more addresses for one that is open."""
    new = new_port(info)
    old = next((each for each in ports if _is_same(each, new)), new)
    merged = new | {name: list(dict.fromkeys(old[name] + new[name])) for name in _LISTS}
    return [each for each in ports if each is not old] + [merged]


def close_port(ports: list[JsonObject], info: JsonObject) -> list[JsonObject]:
    """Return the ports without one, or without some addresses of it."""
    closed = new_port(info)
    left = [each for each in ports if not _is_same(each, closed)]
    if not any(info.get(name) for name in _LISTS):
        return left
    for old in (each for each in ports if _is_same(each, closed)):
        kept = {name: [each for each in old[name] if each not in closed[name]] for name in _LISTS}
        if any(kept.values()):
            left.append(old | kept)
    return left


def describe(port: JsonObject) -> JsonObject:
    """Return a port as an instance shows it."""
    is_open_to_all = not _ANYWHERE.isdisjoint(port["cidrs"] + port["ipv6Cidrs"])
    return port | {
        "accessFrom": "Anywhere (0.0.0.0/0)" if is_open_to_all else "Custom",
        "accessType": "public",
        "commonName": "",
        "accessDirection": "inbound",
    }


def details_of(request: JsonObject) -> str:
    """Return the details of the operation of a request, such as `22/tcp, 8000-8010/udp`."""
    return ", ".join(map(_name, request.get("portInfos") or [request.get("portInfo", {})]))


def _name(info: JsonObject) -> str:
    first, last = info.get("fromPort", 0), info.get("toPort", 0)
    ports = f"{first}" if first == last else f"{first}-{last}"
    return f"{ports}/{str(info.get('protocol', 'tcp')).lower()}"


def _is_same(one: JsonObject, other: JsonObject) -> bool:
    return all(one[name] == other[name] for name in ("fromPort", "toPort", "protocol"))


def _with_mask(addresses: list[str], bits: int) -> list[str]:
    return [each if "/" in each else f"{each}/{bits}" for each in addresses]
