"""The account itself: what it is offered, its VPC, its tags, its costs."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from lightsail_ops.testing._catalogue import CATALOGUES
from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing._resources.backend import Action, ResourceBackend, all_of, completes
from lightsail_ops.testing._resources.base import Request, Resource
from lightsail_ops.testing._resources.instances import Instance
from lightsail_ops.testing.exceptions import NotFoundException

_HOURS_PER_MONTH = 730


class PeeredVpc(Resource):
    """The VPC of Lightsail, peered with the default VPC of the account."""

    kind = "PeeredVpc"

    @property
    def other_name(self) -> str:
        """The name of the account's VPC."""
        return f"vpc-{self.uuid.hex[17:25]}"


class AccountBackend(ResourceBackend):
    """The actions on the account."""

    def get_active_names(self, request: Request) -> JsonObject:
        return self.page("activeNames", [each.name for each in self.all(Resource)], request)

    def get_profile(self, _: Request) -> JsonObject:
        return {"profileType": "Lightsailor"}

    def get_regions(self, request: Request) -> JsonObject:
        return {"regions": [_describe_region(each, request) for each in CATALOGUES["regions"]]}

    def get_blueprints(self, request: Request) -> JsonObject:
        return self._get_offers("blueprints", "blueprints", request)

    def get_bundles(self, request: Request) -> JsonObject:
        return self._get_offers("bundles", "bundles", request)

    def get_relational_database_blueprints(self, request: Request) -> JsonObject:
        return self.page("blueprints", CATALOGUES["database_blueprints"], request)

    def get_relational_database_bundles(self, request: Request) -> JsonObject:
        return self._get_offers("bundles", "database_bundles", request)

    def _get_offers(self, member: str, catalogue: str, request: Request) -> JsonObject:
        """Return a page of what is on offer; nothing of it is for Lightsail for Research."""
        offers = [
            each
            for each in CATALOGUES[catalogue]
            if (each["isActive"] or request.get("includeInactive")) and "appCategory" not in request
        ]
        return self.page(member, offers, request)

    def get_cost_estimate(self, request: Request) -> JsonObject:
        resource = self.get(Resource, request["resourceName"])
        start, end = (
            datetime.fromtimestamp(request[name], UTC) for name in ("startTime", "endTime")
        )
        hours = max(0.0, (end - start).total_seconds() / 3600)
        price = resource.bundle["price"] if isinstance(resource, Instance) else 0.0
        cost: JsonObject = {
            "usageCost": price / _HOURS_PER_MONTH * hours,
            "pricingUnit": "Hrs",
            "unit": hours,
            "currency": "USD",
            "timePeriod": {"start": start, "end": end},
        }
        estimate = {"usageType": "Instance-Usage", "resultsByTime": [cost]}
        return {
            "resourcesBudgetEstimate": [
                {
                    "resourceName": resource.name,
                    "resourceType": resource.kind,
                    "costEstimates": [estimate],
                    "startTime": start,
                    "endTime": end,
                }
            ]
        }

    def peer_vpc(self, request: Request) -> JsonObject:
        name = f"vpc-{self.new_number()[1].hex[:8]}"
        vpc = next(iter(self.all(PeeredVpc)), None) or PeeredVpc(self, request, name)
        return all_of(self.complete("PeeredVpc", vpc, comes=vpc, details=vpc.other_name))

    def unpeer_vpc(self, _: Request) -> JsonObject:
        vpc = next(iter(self.all(PeeredVpc)), None)
        if vpc is None:
            raise NotFoundException("There is no peered VPC.")
        return all_of(self.complete("UnpeeredVpc", vpc, goes=vpc, details=vpc.other_name))

    def is_vpc_peered(self, _: Request) -> JsonObject:
        return {"isPeered": bool(self.all(PeeredVpc))}

    tag_resource: Action = completes(
        Resource, lambda resource, request: resource.backend.tag(resource, request["tags"])
    )
    untag_resource: Action = completes(
        Resource, lambda resource, request: resource.backend.untag(resource, request["tagKeys"])
    )

    def set_ip_address_type(self, request: Request) -> JsonObject:
        resource = self.named(Resource, request["resourceName"], request["resourceType"])
        effect = partial(resource.members.update, request.only("ipAddressType"))
        return all_of(self.start("SetIpAddressType", resource, effect=effect))


def _describe_region(region: JsonObject, request: Request) -> JsonObject:
    zones = [
        {"zoneName": f"{region['name']}{letter}", "state": "available"}
        for letter in region["zones"]
    ]
    with_zones = request.get("includeAvailabilityZones")
    with_database_zones = request.get("includeRelationalDatabaseAvailabilityZones")
    return region | {
        "availabilityZones": zones if with_zones else [],
        "relationalDatabaseAvailabilityZones": zones if with_database_zones else [],
    }
