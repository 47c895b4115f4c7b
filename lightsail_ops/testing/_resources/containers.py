"""Container services, their deployments and their images."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from lightsail_ops.testing._data import CATALOGUES, JsonObject
from lightsail_ops.testing._resources import backend as on
from lightsail_ops.testing._resources.base import Effect, Request, Resource
from lightsail_ops.testing._resources.load_balancers import Certificate
from lightsail_ops.testing.exceptions import check, check_exists

_LOGIN_LASTS = timedelta(hours=12)  # as the API reference says


class ContainerService(Resource):
    """A service that runs containers."""

    def _find_deployment(self, state: str) -> JsonObject | None:
        return next((each for each in self.members["deployments"] if each["state"] == state), None)

    def derive(self, now: JsonObject) -> JsonObject:
        active, state = self._find_deployment("ACTIVE"), "READY"
        if self.pending:
            state = now["state"]
        elif now["isDisabled"]:
            state = "DISABLED"
        elif active is not None:
            state = "RUNNING"
        detail = CATALOGUES["container_states"].get(state)
        return {
            "currentDeployment": active,
            "nextDeployment": self._find_deployment("ACTIVATING"),
            "powerId": self.offer("power", now["power"])["powerId"],
            "state": state,
            "stateDetail": detail and {"code": detail, "message": "The service is not ready yet."},
        }

    def add_deployment(self, wanted: JsonObject) -> Effect:
        """Add a deployment that is being activated, and return what becomes of it."""
        check(not self.members["isDisabled"], f"{self.name} is disabled: nothing can run on it.")
        is_free = self._find_deployment("ACTIVATING") is None
        check(is_free, f"{self.name} is deploying already.")
        containers: JsonObject = wanted.get("containers", {})
        images = {str(each.get("image", "")) for each in containers.values()}
        known = {each["image"] for each in self.members["images"]}
        known |= {f"{each.rpartition('.')[0]}.latest" for each in known}
        unknown = {each for each in images if each.startswith(":")} - known
        check_exists(not unknown, f"The images do not exist: {', '.join(unknown)}")
        endpoint: JsonObject | None = wanted.get("publicEndpoint")
        if endpoint is not None:
            name, port = endpoint["containerName"], endpoint["containerPort"]
            is_open = f"{port}" in containers.get(name, {}).get("ports", {})
            check(is_open, f"The public endpoint has no container {name!r} with the port {port}.")
            health_check = CATALOGUES["health_check"] | endpoint.get("healthCheck", {})
            endpoint = endpoint | {"healthCheck": health_check}
        deployment: JsonObject = {
            "version": len(self.members["deployments"]) + 1,
            "state": "ACTIVATING",
            "containers": containers,
            "publicEndpoint": endpoint,
            "createdAt": self.backend.operations.now(),
        }
        self.members["deployments"].insert(0, deployment)
        on_failure = partial(deployment.update, state="FAILED")
        return {"on_success": partial(self._activate, deployment), "on_failure": on_failure}

    def _activate(self, deployment: JsonObject) -> None:
        if (active := self._find_deployment("ACTIVE")) is not None:
            active["state"] = "INACTIVE"
        deployment["state"] = "ACTIVE"

    def write(self, request: Request) -> JsonObject:
        written = super().write(request)
        for name in request.get("publicDomainNames", {}):
            self.backend.get(Certificate, name).check_issued()
        if "publicDomainNames" in written:  # what has none gives its certificate back
            named = written["publicDomainNames"].items()
            written["publicDomainNames"] = {name: names for name, names in named if names}
        if "privateRegistryAccess" in request:
            wanted = request["privateRegistryAccess"].get("ecrImagePullerRole", {})
            is_active = bool(wanted.get("isActive"))
            arn = f"{self.members['principalArn']}/private-repo-access" if is_active else ""
            role = {"isActive": is_active, "principalArn": arn}
            written["privateRegistryAccess"] = {"ecrImagePullerRole": role}
        return written


def _matches(message: str, pattern: str) -> bool:
    """Return whether a message has the terms of a pattern: one of `?a ?b`, and not that of `-c`."""
    terms = pattern.split()
    every = [term for term in terms if term[0] not in "?-"]
    some = [term[1:] for term in terms if term[0] == "?"] or [""]
    none = [term[1:] for term in terms if term[0] == "-"]
    has = message.__contains__
    return all(map(has, every)) and any(map(has, some)) and not any(map(has, none))


class ContainerBackend(on.ResourceBackend):
    """The actions on container services, which return no operations, but record some."""

    get_container_services: on.Action = on.lists(ContainerService)
    update_container_service: on.Action = on.changes(ContainerService)
    delete_container_service: on.Action = on.deletes(ContainerService)
    get_container_service_powers: on.Action = on.offers("container_powers")
    get_container_service_deployments: on.Action = on.reads(ContainerService, "deployments")
    get_container_images: on.Action = on.reads(ContainerService, "images")
    get_container_service_metric_data: on.Action = on.measures(ContainerService)

    def create_container_service(self, request: Request) -> JsonObject:
        service, wanted = ContainerService(self, request), request.get("deployment")
        effect = Effect() if wanted is None else service.add_deployment(wanted)
        return self.begin(request, service, **effect)

    @on.changing(ContainerService)
    def create_container_service_deployment(
        self, request: Request, service: ContainerService
    ) -> Effect:
        return service.add_deployment(request)

    def create_container_service_registry_login(self, _: Request) -> JsonObject:
        host = f"{self.account_id}.dkr.ecr.{self.region_name}.amazonaws.com"
        login = {"username": "AWS", "password": f"a-fake-{self.account_id}", "registry": host}
        return {"registryLogin": login | {"expiresAt": self.operations.now() + _LOGIN_LASTS}}

    def register_container_image(self, request: Request) -> JsonObject:
        service, label = self.find(ContainerService, request), request["label"]
        versions = service.members["imageVersions"]
        versions[label] = versions.get(label, 0) + 1
        name = f":{service.name}.{label}.{versions[label]}"
        image = {"image": name, "digest": request["digest"], "createdAt": self.operations.now()}
        service.members["images"].insert(0, image)
        return {"containerImage": image}

    def delete_container_image(self, request: Request) -> JsonObject:
        service, name = self.find(ContainerService, request), request["image"]
        images = service.members["images"]
        kept = [each for each in images if each["image"] != name]
        check_exists(kept != images, f"The image does not exist: {name}")
        service.members["images"] = kept
        return {}

    def get_container_log(self, request: Request) -> list[JsonObject]:
        """Return the entries of a container's log: one for each of its deployments."""
        service, name = self.find(ContainerService, request), request["containerName"]
        deployments = service.members["deployments"][::-1]
        its = [each for each in deployments if name in each["containers"]]
        check_exists(its, f"The container does not exist: {name}")
        entries = [
            {"createdAt": each["createdAt"], "message": f"[{each['version']}] {each['state']}"}
            for each in its
            if request.covers(each["createdAt"])
        ]
        pattern = request.get("filterPattern", "")
        return [each for each in entries if _matches(each["message"], pattern)]

    def get_container_api_metadata(self, _: Request) -> JsonObject:
        return {"metadata": []}
