"""Container services, their deployments and their images."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from lightsail_ops.testing._catalogue import CATALOGUES, find_offer
from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing._resources.backend import Action, ResourceBackend, starts
from lightsail_ops.testing._resources.base import How, Request, Resource

_HEALTH_CHECK = {  # the defaults in the API reference
    "healthyThreshold": 2,
    "intervalSeconds": 5,
    "path": "/",
    "successCodes": "200-499",
    "timeoutSeconds": 2,
    "unhealthyThreshold": 2,
}
_STATE_DETAILS = {"DEPLOYING": "CREATING_DEPLOYMENT", "PENDING": "PROVISIONING_SERVICE"}
_LOGIN_LASTS = timedelta(hours=12)  # as the API reference says


class ContainerService(Resource):
    """A service that runs containers."""

    kind = "ContainerService"
    named_by = "serviceName"
    written = "power scale isDisabled publicDomainNames"
    new_states = ("PENDING", "READY")

    def __init__(self, backend: ResourceBackend, request: Request) -> None:
        super().__init__(backend, request)
        self.deployments: list[JsonObject] = []  # the newest first
        self.images: list[JsonObject] = []  # the newest first
        self._image_numbers: dict[str, int] = {}
        self.check_power(request)
        self.change(request)

    def check_power(self, request: Request) -> None:
        """Raise AWS's error if a request wants a power that is not on offer."""
        find_offer("container_powers", "name", request.get("power") or self.members["power"])

    def _find_deployment(self, state: str) -> JsonObject | None:
        return next((each for each in self.deployments if each["state"] == state), None)

    @property
    def _principal_arn(self) -> str:
        account = f"arn:{self.backend.partition}:iam::{self.backend.account_id}"
        role = f"{self.backend.region_name}/containers/{self.name}/{self.uuid.hex[:13]}"
        return f"{account}:role/amazon/lightsail/{role}"

    def to_dict(self) -> JsonObject:
        host = f"{self.name}.{self.uuid.hex[:13]}.{self.backend.region_name}"
        detail = _STATE_DETAILS.get(str(self.current_state))
        return super().to_dict() | {
            "containerServiceName": self.name,
            "currentDeployment": self._find_deployment("ACTIVE"),
            "nextDeployment": self._find_deployment("ACTIVATING"),
            "powerId": find_offer("container_powers", "name", self.members["power"])["powerId"],
            "principalArn": self._principal_arn,
            "privateDomainName": f"{self.name}.service.local",
            "stateDetail": detail and {"code": detail, "message": "The service is not ready yet."},
            "url": f"https://{host}.cs.amazonlightsail.com/",
        }

    def add_deployment(self, wanted: JsonObject) -> JsonObject:
        """Add a deployment that is being activated."""
        endpoint: JsonObject | None = wanted.get("publicEndpoint")
        if endpoint is not None:
            endpoint = endpoint | {"healthCheck": _HEALTH_CHECK | endpoint.get("healthCheck", {})}
        deployment: JsonObject = {
            "version": len(self.deployments) + 1,
            "state": "ACTIVATING",
            "containers": wanted.get("containers", {}),
            "publicEndpoint": endpoint,
            "createdAt": self.backend.operations.now(),
        }
        self.deployments.insert(0, deployment)
        return deployment

    def activate(self, deployment: JsonObject) -> None:
        """Let a deployment take the place of the one before."""
        if (active := self._find_deployment("ACTIVE")) is not None:
            active["state"] = "INACTIVE"
        deployment["state"] = "ACTIVE"
        self._set_state()

    def change(self, request: Request) -> None:
        self.members |= request.only(self.written)
        if "privateRegistryAccess" in request:
            wanted = request["privateRegistryAccess"].get("ecrImagePullerRole", {})
            is_active = bool(wanted.get("isActive"))
            arn = f"{self._principal_arn}/private-repo-access" if is_active else ""
            role = {"isActive": is_active, "principalArn": arn}
            self.members["privateRegistryAccess"] = {"ecrImagePullerRole": role}
        self._set_state()

    def _set_state(self) -> None:
        self.state = "READY" if self._find_deployment("ACTIVE") is None else "RUNNING"
        if self.members["isDisabled"]:
            self.state = "DISABLED"

    def register_image(self, label: str, digest: str) -> JsonObject:
        """Add a version of an image, and return it."""
        number = self._image_numbers[label] = self._image_numbers.get(label, 0) + 1
        image: JsonObject = {"image": f":{self.name}.{label}.{number}", "digest": digest}
        image["createdAt"] = self.backend.operations.now()
        self.images.insert(0, image)
        return image


class ContainerBackend(ResourceBackend):
    """The actions on container services, which return no operations, but record some."""

    update_container_service: Action = starts(
        ContainerService,
        ContainerService.change,
        check=ContainerService.check_power,
        states=("UPDATING", None),
        shown_as="containerService",
    )

    def create_container_service(self, request: Request) -> JsonObject:
        service, how = ContainerService(self, request), How()
        if "deployment" in request:
            deployment = service.add_deployment(request["deployment"])
            how["effect"] = partial(service.activate, deployment)
        self.create(service, **how)
        return {"containerService": service.to_dict()}

    def create_container_service_deployment(self, request: Request) -> JsonObject:
        service = self.named(ContainerService, request["serviceName"])
        deployment = service.add_deployment(request)
        self.start(
            request.action,
            service,
            states=("DEPLOYING", None),
            effect=partial(service.activate, deployment),
            on_failure=partial(deployment.update, state="FAILED"),
        )
        return {"containerService": service.to_dict()}

    def delete_container_service(self, request: Request) -> JsonObject:
        service = self.named(ContainerService, request["serviceName"])
        self.start(request.action, service, states=("DELETING", None), goes=service)
        return {}

    def get_container_services(self, request: Request) -> JsonObject:
        return {"containerServices": self.show_all(self.wanted(ContainerService, request))}

    def get_container_service_deployments(self, request: Request) -> JsonObject:
        service = self.get(ContainerService, request["serviceName"])
        deployments = [dict(each) for each in service.deployments]
        self.show(service)
        return {"deployments": deployments}

    def get_container_service_powers(self, _: Request) -> JsonObject:
        return {"powers": CATALOGUES["container_powers"]}

    def create_container_service_registry_login(self, _: Request) -> JsonObject:
        host = f"{self.account_id}.dkr.ecr.{self.region_name}.amazonaws.com"
        login = {"username": "AWS", "password": f"a-fake-{self.account_id}", "registry": host}
        return {"registryLogin": login | {"expiresAt": self.operations.now() + _LOGIN_LASTS}}

    def register_container_image(self, request: Request) -> JsonObject:
        service = self.named(ContainerService, request["serviceName"])
        return {"containerImage": service.register_image(request["label"], request["digest"])}

    def get_container_images(self, request: Request) -> JsonObject:
        return {"containerImages": self.get(ContainerService, request["serviceName"]).images}

    def delete_container_image(self, request: Request) -> JsonObject:
        service = self.named(ContainerService, request["serviceName"])
        service.images = [each for each in service.images if each["image"] != request["image"]]
        return {}

    def get_container_log(self, request: Request) -> JsonObject:
        """Return the entries of a container's log: one for each of its deployments."""
        deployments = self.get(ContainerService, request["serviceName"]).deployments
        entries = [
            {"createdAt": each["createdAt"], "message": f"[{each['version']}] {each['state']}"}
            for each in reversed(deployments)
            if request["containerName"] in each["containers"]
        ]
        return self.page("logEvents", entries, request)

    def get_container_api_metadata(self, _: Request) -> JsonObject:
        return {"metadata": []}
