"""Static IPs, the public addresses that stay the same."""

from __future__ import annotations

from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing.exceptions import InvalidInputException
from lightsail_ops.testing.resources.backend import ResourceBackend, delete_one, show_one, show_page
from lightsail_ops.testing.resources.base import Attachable, Request
from lightsail_ops.testing.resources.instances import Instance


class StaticIp(Attachable):
    """A public IPv4 address."""

    kind = "StaticIp"

    def __init__(self, backend: ResourceBackend, name: str) -> None:
        super().__init__(backend, name, {})
        self.members["ipAddress"] = f"198.19.{self.number // 250 % 250}.{self.number % 250 + 1}"

    @property
    def support_id(self) -> str:
        return str(self.members["ipAddress"])


class StaticIpBackend(ResourceBackend):
    """The actions on static IPs."""

    get_static_ip = show_one(StaticIp, "staticIp", "staticIpName")
    get_static_ips = show_page(StaticIp, "staticIps")
    release_static_ip = delete_one(StaticIp, "staticIpName")

    def allocate_static_ip(self, request: Request) -> list[JsonObject]:
        static_ip = StaticIp(self, self.check_free(StaticIp, request["staticIpName"]))
        return self.complete("AllocateStaticIp", static_ip, comes=static_ip)

    def attach_static_ip(self, request: Request) -> list[JsonObject]:
        static_ip = self.named(StaticIp, request["staticIpName"])
        instance = self.named(Instance, request["instanceName"])
        attached_to = static_ip.attached_to
        if attached_to not in (None, instance.name):
            message = f"The StaticIp {static_ip.name} is attached to {attached_to}."
            raise InvalidInputException(message)

        def effect() -> None:
            instance.detach_static_ip()  # one that it has is not attached any more
            static_ip.attach(instance.name)

        return self.complete("AttachStaticIp", static_ip, instance, effect=effect)

    def detach_static_ip(self, request: Request) -> list[JsonObject]:
        static_ip = self.named(StaticIp, request["staticIpName"])
        if static_ip.attached_to is None:
            raise InvalidInputException(f"The StaticIp {static_ip.name} is not attached.")
        instance = self.get(Instance, static_ip.attached_to)
        return self.complete("DetachStaticIp", static_ip, instance, effect=static_ip.detach)
