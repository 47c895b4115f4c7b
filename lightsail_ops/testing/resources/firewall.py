"""The actions on the ports of instances."""

from __future__ import annotations

from collections.abc import Callable

from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing.resources.backend import ResourceBackend
from lightsail_ops.testing.resources.base import Request
from lightsail_ops.testing.resources.instances import Instance
from lightsail_ops.testing.resources.ports import close_port, describe_ports, new_port, open_port


class FirewallBackend(ResourceBackend):
    """The actions on the ports of instances."""

    def open_instance_public_ports(self, request: Request) -> list[JsonObject]:
        info = request["portInfo"]
        return self._change_ports(request, [info], lambda ports: open_port(ports, info))

    def close_instance_public_ports(self, request: Request) -> list[JsonObject]:
        info = request["portInfo"]
        return self._change_ports(request, [info], lambda ports: close_port(ports, info))

    def put_instance_public_ports(self, request: Request) -> list[JsonObject]:
        infos: list[JsonObject] = request["portInfos"]
        return self._change_ports(request, infos, lambda _: [new_port(each) for each in infos])

    def get_instance_port_states(self, request: Request) -> JsonObject:
        instance = self.get(Instance, request["instanceName"])
        self.show(instance)
        return {"portStates": [{**port, "state": "open"} for port in instance.ports]}

    def _change_ports(
        self,
        request: Request,
        infos: list[JsonObject],
        change: Callable[[list[JsonObject]], list[JsonObject]],
    ) -> list[JsonObject]:
        instance = self.named(Instance, request["instanceName"])

        def effect() -> None:
            instance.ports = change(instance.ports)

        details = describe_ports(infos)
        return self.complete(request.action, instance, details=details, effect=effect)
