"""What is set up on an instance: HTTPS, and sessions of a graphical desktop."""

from __future__ import annotations

from functools import partial

from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing.resources.backend import ResourceBackend
from lightsail_ops.testing.resources.base import Request
from lightsail_ops.testing.resources.instances import Instance
from lightsail_ops.testing.resources.ports import open_port

_HTTPS = {"fromPort": 443, "toPort": 443, "protocol": "tcp"}


class SessionBackend(ResourceBackend):
    """The actions that set up something on an instance."""

    def setup_instance_https(self, request: Request) -> list[JsonObject]:
        instance = self.named(Instance, request["instanceName"])
        setup: JsonObject = {
            "operationId": self.operations.new_id(),
            "request": request.only("instanceName domainNames certificateProvider"),
            "resource": instance.to_dict(),
            "executionDetails": [],
            "status": "inProgress",
        }
        instance.setups.insert(0, setup)

        def effect() -> None:
            setup["status"] = "succeeded"
            instance.ports = open_port(instance.ports, _HTTPS)

        return self.start(
            "SetupInstanceHttps",
            instance,
            effect=effect,
            on_failure=lambda: setup.update(status="failed"),
        )

    def get_setup_history(self, request: Request) -> JsonObject:
        instance = self.get(Instance, request["resourceName"])
        setups = [dict(each) for each in instance.setups]
        self.show(instance)
        return self.page("setupHistory", setups, request)

    def start_gui_session(self, request: Request) -> list[JsonObject]:
        instance = self.named(Instance, request["resourceName"])
        effect = partial(setattr, instance, "has_gui_session", True)
        return self.start("StartGUISession", instance, effect=effect)

    def stop_gui_session(self, request: Request) -> list[JsonObject]:
        instance = self.named(Instance, request["resourceName"])
        effect = partial(setattr, instance, "has_gui_session", False)
        return self.start("StopGUISession", instance, effect=effect)

    def create_gui_session_access_details(self, request: Request) -> JsonObject:
        instance = self.named(Instance, request["resourceName"])
        url = f"https://{instance.uuid.hex}.{self.region_name}.lightsail.invalid/"
        sessions = [{"name": "desktop", "url": url, "isPrimary": True}]
        return {
            "resourceName": instance.name,
            "status": "started" if instance.has_gui_session else "notStarted",
            "percentageComplete": 100 if instance.has_gui_session else 0,
            "sessions": sessions if instance.has_gui_session else [],
        }
