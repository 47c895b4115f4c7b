"""The backends that moto keeps: a Lightsail for each account and region."""

from __future__ import annotations

import os

from moto.core.base_backend import BackendDict
from moto.core.models import DEFAULT_ACCOUNT_ID

from lightsail_ops.testing._control import forget_control
from lightsail_ops.testing._data import CATALOGUES
from lightsail_ops.testing._resources.access import AccessBackend
from lightsail_ops.testing._resources.account import AccountBackend
from lightsail_ops.testing._resources.containers import ContainerBackend
from lightsail_ops.testing._resources.databases import RelationalDatabaseBackend
from lightsail_ops.testing._resources.distributions import DistributionBackend
from lightsail_ops.testing._resources.domains import DomainBackend
from lightsail_ops.testing._resources.load_balancers import LoadBalancerBackend
from lightsail_ops.testing._resources.storage import StorageBackend
from lightsail_ops.testing.exceptions import check


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


lightsail_backends: BackendDict[LightsailBackend] = BackendDict(
    LightsailBackend,
    "lightsail",
    additional_regions=[region["name"] for region in CATALOGUES["regions"]],
)


def get_account_id() -> str:
    """Return the account of a request that names none."""
    return os.environ.get("MOTO_ACCOUNT_ID", DEFAULT_ACCOUNT_ID)


def find_backend(account_id: str, region_name: str) -> LightsailBackend:
    """Return the backend of an account and a region, or raise AWS's error."""
    regions = lightsail_backends[account_id]
    check(region_name in regions, f"Lightsail has no region {region_name!r}.")
    return regions[region_name]


def forget() -> None:
    """Empty the embedded Lightsail, and leave moto's other services as they are."""
    lightsail_backends.clear()
    forget_control()
