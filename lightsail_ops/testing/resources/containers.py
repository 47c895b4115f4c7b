"""Container services, their deployments and their images."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import ClassVar

from lightsail_ops.testing._catalogue import CATALOGUES, find_offer
from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing.resources.backend import ResourceBackend
from lightsail_ops.testing.resources.base import Request, Resource, States

_HEALTH_CHECK = {
    "healthyThreshold": 2,
    "intervalSeconds": 5,
    "path": "/",
    "successCodes": "200-499",
    "timeoutSeconds": 2,
    "unhealthyThreshold": 2,
}
_STATE_DETAILS = {
    "DEPLOYING": {"code": "CREATING_DEPLOYMENT", "message": "The deployment is being created."},
    "PENDING": {"code": "PROVISIONING_SERVICE", "message": "The service is being provisioned."},
}
_LOGIN_LASTS = timedelta(hours=12)  # as the API reference says


class ContainerService(Resource):
    """A service that runs containers."""

    kind = "ContainerService"
    new_states: ClassVar[States] = ("PENDING", "READY")

    def __init__(self, backend: ResourceBackend, name: str, members: JsonObject) -> None:
        super().__init__(backend, name, members)
        find_offer("container_powers", "name", self.members["power"])
        self.deployments: list[JsonObject] = []  # the newest first
        self.images: list[JsonObject] = []  # the newest first
        self._image_numbers: dict[str, int] = {}

    @property
    def settled_state(self) -> str:
        """The state that it has when nothing is in progress."""
        if self.members["isDisabled"]:
            return "DISABLED"
        return "READY" if self._find_deployment("ACTIVE") is None else "RUNNING"

    def _find_deployment(self, state: str) -> JsonObject | None:
        return next((each for each in self.deployments if each["state"] == state), None)

    def to_dict(self) -> JsonObject:
        backend, identifier = self.backend, self.uuid.hex[:13]
        region = backend.region_name
        role = f"role/amazon/lightsail/{region}/containers/{self.name}/{identifier}"
        power = find_offer("container_powers", "name", self.members["power"])
        return super().to_dict() | {
            "containerServiceName": self.name,
            "currentDeployment": self._find_deployment("ACTIVE"),
            "nextDeployment": self._find_deployment("ACTIVATING"),
            "powerId": power["powerId"],
            "principalArn": f"arn:{backend.partition}:iam::{backend.account_id}:{role}",
            "privateDomainName": f"{self.name}.service.local",
            "stateDetail": _STATE_DETAILS.get(str(self.current_state)),
            "url": f"https://{self.name}.{identifier}.{region}.cs.amazonlightsail.com/",
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
        for each in self.deployments:
            if each["state"] == "ACTIVE":
                each["state"] = "INACTIVE"
        deployment["state"] = "ACTIVE"
        self.state = self.settled_state

    def change(self, request: Request) -> None:
        """Change what a request says."""
        self.members |= request.only("power scale isDisabled publicDomainNames")
        self.members |= _private_registry_access(request, self)
        self.state = self.settled_state

    def register_image(self, label: str, digest: str) -> JsonObject:
        """Add a version of an image, and return it."""
        number = self._image_numbers[label] = self._image_numbers.get(label, 0) + 1
        image: JsonObject = {
            "image": f":{self.name}.{label}.{number}",
            "digest": digest,
            "createdAt": self.backend.operations.now(),
        }
        self.images.insert(0, image)
        return image


def _private_registry_access(request: Request, service: ContainerService) -> JsonObject:
    if "privateRegistryAccess" not in request:
        return {}
    is_active = request["privateRegistryAccess"].get("ecrImagePullerRole", {}).get("isActive")
    arn = f"{service.to_dict()['principalArn']}/private-repo-access" if is_active else ""
    role = {"isActive": bool(is_active), "principalArn": arn}
    return {"privateRegistryAccess": {"ecrImagePullerRole": role}}


class ContainerBackend(ResourceBackend):
    """The actions on container services, which return no operations, but record some."""

    def create_container_service(self, request: Request) -> JsonObject:
        name = self.check_free(ContainerService, request["serviceName"])
        service = ContainerService(self, name, request.only("power scale publicDomainNames tags"))
        service.members |= _private_registry_access(request, service)
        if "deployment" not in request:
            self.start(request.action, service, comes=service)
        else:
            deployment = service.add_deployment(request["deployment"])
            effect = partial(service.activate, deployment)
            self.start(request.action, service, comes=service, effect=effect)
        return {"containerService": service.to_dict()}

    def create_container_service_deployment(self, request: Request) -> JsonObject:
        service = self._named_service(request)
        deployment = service.add_deployment(request)
        self.start(
            request.action,
            service,
            states=("DEPLOYING", "RUNNING"),
            effect=lambda: service.activate(deployment),
            on_failure=lambda: deployment.update(state="FAILED"),
        )
        return {"containerService": service.to_dict()}

    def update_container_service(self, request: Request) -> JsonObject:
        service = self._named_service(request)
        find_offer("container_powers", "name", request.get("power") or service.members["power"])
        self.start(
            request.action,
            service,
            states=("UPDATING", "READY"),
            effect=lambda: service.change(request),
        )
        return {"containerService": service.to_dict()}

    def delete_container_service(self, request: Request) -> JsonObject:
        service = self._named_service(request)
        self.start(request.action, service, states=("DELETING", "DELETING"), goes=service)
        return {}

    def get_container_services(self, request: Request) -> JsonObject:
        name = request.get("serviceName")
        services = self.all_of(ContainerService) if name is None else [self._service_of(request)]
        return {"containerServices": self.show_all(services)}

    def get_container_service_deployments(self, request: Request) -> JsonObject:
        service = self._service_of(request)
        deployments = [dict(each) for each in service.deployments]
        self.show(service)
        return {"deployments": deployments}

    def get_container_service_powers(self, _: Request) -> JsonObject:
        return {"powers": CATALOGUES["container_powers"]}

    def create_container_service_registry_login(self, _: Request) -> JsonObject:
        login: JsonObject = {
            "username": "AWS",
            "password": f"a-fake-{self.new_number()[1].hex}",
            "expiresAt": self.operations.now() + _LOGIN_LASTS,
            "registry": f"{self.account_id}.dkr.ecr.{self.region_name}.amazonaws.com",
        }
        return {"registryLogin": login}

    def register_container_image(self, request: Request) -> JsonObject:
        service = self._named_service(request)
        return {"containerImage": service.register_image(request["label"], request["digest"])}

    def get_container_images(self, request: Request) -> JsonObject:
        return {"containerImages": self._service_of(request).images}

    def delete_container_image(self, request: Request) -> JsonObject:
        service = self._named_service(request)
        service.images = [each for each in service.images if each["image"] != request["image"]]
        return {}

    def get_container_log(self, request: Request) -> JsonObject:
        """Return the entries of a container's log: one for each of its deployments."""
        name = request["containerName"]
        entries: list[JsonObject] = [
            {
                "createdAt": each["createdAt"],
                "message": f"[deployment:{each['version']}] {each['state'].capitalize()}",
            }
            for each in reversed(self._service_of(request).deployments)
            if name in each["containers"]
        ]
        return self.page("logEvents", entries, request)

    def get_container_api_metadata(self, _: Request) -> JsonObject:
        return {"metadata": []}

    def _service_of(self, request: Request) -> ContainerService:
        return self.get(ContainerService, request["serviceName"])

    def _named_service(self, request: Request) -> ContainerService:
        return self.named(ContainerService, request["serviceName"])
