"""The backends that moto keeps: a Lightsail for each account and region."""

from __future__ import annotations

from moto.core.base_backend import BackendDict

from lightsail_ops.testing._control import control, forget_control
from lightsail_ops.testing._data import CATALOGUES, JsonObject
from lightsail_ops.testing._resources.access import AccessBackend
from lightsail_ops.testing._resources.account import AccountBackend
from lightsail_ops.testing._resources.base import Request
from lightsail_ops.testing._resources.containers import ContainerBackend
from lightsail_ops.testing._resources.databases import RelationalDatabaseBackend
from lightsail_ops.testing._resources.distributions import DistributionBackend
from lightsail_ops.testing._resources.domains import DomainBackend
from lightsail_ops.testing._resources.load_balancers import LoadBalancerBackend
from lightsail_ops.testing._resources.storage import StorageBackend
from lightsail_ops.testing.exceptions import check, check_exists


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
        there = find_backend(self.account_id, region_name)
        there.operations.settle()
        return there

    def get_operation(self, request: Request) -> JsonObject:
        """Return an operation."""
        wanted = request["operationId"]
        check_exists(wanted in self.operations.by_id, f"There is no operation {wanted}.")
        return {"operation": self.operations.read([wanted])[0]}

    def get_operations(self, request: Request) -> JsonObject:
        """Return a page of the operations."""
        return self.operations.get_page(request, control().page_size, control().order)

    get_operations_for_resource = get_operations


lightsail_backends: BackendDict[LightsailBackend] = BackendDict(
    LightsailBackend,
    "lightsail",
    additional_regions=[region["name"] for region in CATALOGUES["regions"]],
)


def find_backend(account_id: str, region_name: str) -> LightsailBackend:
    """Return the backend of an account and a region, or raise AWS's error."""
    regions = lightsail_backends[account_id]
    check(region_name in regions, f"Lightsail has no region {region_name!r}.")
    return regions[region_name]


def forget() -> None:
    """Empty the embedded Lightsail, and leave moto's other services as they are."""
    lightsail_backends.clear()
    forget_control()
