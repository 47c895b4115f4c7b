"""The backends that moto keeps: a Lightsail for each account and region."""

from __future__ import annotations

from botocore import xform_name
from moto.core.base_backend import BackendDict

from lightsail_ops.testing._control import LOCK, ReceivedRequest, control, forget_control
from lightsail_ops.testing._data import CATALOGUES, JsonObject, action_model, serialize, validate
from lightsail_ops.testing._resources.access import AccessBackend
from lightsail_ops.testing._resources.account import AccountBackend
from lightsail_ops.testing._resources.backend import Action
from lightsail_ops.testing._resources.base import Request
from lightsail_ops.testing._resources.containers import ContainerBackend
from lightsail_ops.testing._resources.databases import RelationalDatabaseBackend
from lightsail_ops.testing._resources.distributions import DistributionBackend
from lightsail_ops.testing._resources.domains import DomainBackend
from lightsail_ops.testing._resources.load_balancers import LoadBalancerBackend
from lightsail_ops.testing._resources.storage import StorageBackend
from lightsail_ops.testing.exceptions import InvalidInputException

__all__ = ["LOCK", "ReceivedRequest", "control", "find_backend", "forget", "lightsail_backends"]


class LightsailBackend(
    AccessBackend,
    AccountBackend,
    ContainerBackend,
    DistributionBackend,
    DomainBackend,
    LoadBalancerBackend,
    RelationalDatabaseBackend,
    StorageBackend,
):
    """The embedded Lightsail of one account in one region."""

    def in_region(self, region_name: str) -> LightsailBackend:
        """Return the same account's backend of another region, or raise AWS's error."""
        return find_backend(self.account_id, region_name)

    def respond(self, name: str, parameters: JsonObject) -> object:
        """Return the response to a request, in AWS JSON, or raise AWS's error."""
        model = action_model(name)
        request = Request(name, validate(model, parameters))
        self.begin_request()
        action: Action = getattr(type(self), xform_name(name))
        return serialize(action(self, request), model.output_shape)

    def get_operation(self, request: Request) -> JsonObject:
        """Return an operation."""
        return self.operations.get(request["operationId"])

    def get_operations(self, request: Request) -> JsonObject:
        """Return a page of the operations."""
        return self.operations.get_page(request, control().page_size, control().order)

    def get_operations_for_resource(self, request: Request) -> JsonObject:
        """Return a page of the operations on a resource."""
        return self.get_operations(request)


lightsail_backends: BackendDict[LightsailBackend] = BackendDict(
    LightsailBackend,
    "lightsail",
    additional_regions=[region["name"] for region in CATALOGUES["regions"]],
)


def find_backend(account_id: str, region_name: str) -> LightsailBackend:
    """Return the backend of an account and a region, or raise AWS's error."""
    regions = lightsail_backends[account_id]
    if region_name not in regions:
        raise InvalidInputException(f"Lightsail has no region {region_name!r}.")
    return regions[region_name]


def forget() -> None:
    """Empty the embedded Lightsail, and leave moto's other services as they are."""
    lightsail_backends.clear()
    forget_control()
