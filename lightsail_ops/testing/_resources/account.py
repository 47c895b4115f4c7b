"""The account itself: its offers, names, tags, VPC and costs, its alarms and whom they notify."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime

from lightsail_ops.testing._data import CATALOGUES, JsonObject
from lightsail_ops.testing._resources import backend as on
from lightsail_ops.testing._resources.base import How, Request, Resource
from lightsail_ops.testing._resources.instances import Instance
from lightsail_ops.testing.exceptions import NotFoundException

_HOURS_PER_MONTH = 730


class PeeredVpc(Resource):
    """The VPC of Lightsail, peered with the default VPC of the account."""


class Alarm(Resource):
    """An alarm on a metric of a resource."""

    def derive(self, now: JsonObject) -> JsonObject:
        statistic, unit, *_ = CATALOGUES["metrics"].get(now["metricName"], on.UNKNOWN_METRIC)
        return {"statistic": statistic, "unit": unit}


class ContactMethod(Resource):
    """An address that alarms are sent to."""


class AccountBackend(on.ResourceBackend):
    """The actions on the account, and on alarms."""

    get_blueprints: on.Action = on.offers("blueprints", "blueprints")
    get_bundles: on.Action = on.offers("bundles", "bundles")
    test_alarm: on.Action = on.completes(Alarm, lambda _, request: How(after=request.only("state")))
    delete_alarm: on.Action = on.deletes(Alarm)
    create_contact_method: on.Action = on.creates(ContactMethod)
    send_contact_method_verification: on.Action = on.completes(ContactMethod)
    delete_contact_method: on.Action = on.deletes(ContactMethod)

    def get_active_names(self, request: Request) -> JsonObject:
        return self.page("activeNames", [each.name for each in self.all(Resource)], request)

    def get_profile(self, _: Request) -> JsonObject:
        return {"profileType": "Lightsailor"}

    def get_regions(self, request: Request) -> JsonObject:
        return {"regions": [_describe_region(each, request) for each in CATALOGUES["regions"]]}

    def get_cost_estimate(self, request: Request) -> JsonObject:
        resource = self.read(Resource, request)
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
        estimate: JsonObject = {
            "resourceName": resource.name,
            "resourceType": resource.kind,
            "costEstimates": [{"usageType": "Instance-Usage", "resultsByTime": [cost]}],
            "startTime": start,
            "endTime": end,
        }
        return {"resourcesBudgetEstimate": [estimate]}

    def peer_vpc(self, request: Request) -> JsonObject:
        vpcs = self.all(PeeredVpc)
        vpc = vpcs[0] if vpcs else PeeredVpc(self, request, f"vpc-{self.new_number()[1].hex[:8]}")
        how = How(type="PeeredVpc", comes=vpc, details=f"vpc-{vpc.id[17:25]}")
        return self.complete(request, vpc, **how)

    def unpeer_vpc(self, request: Request) -> JsonObject:
        vpcs = self.all(PeeredVpc)
        if not vpcs:
            raise NotFoundException("There is no peered VPC.")
        how = How(type="UnpeeredVpc", goes=vpcs[0], details=f"vpc-{vpcs[0].id[17:25]}")
        return self.complete(request, vpcs[0], **how)

    def is_vpc_peered(self, _: Request) -> JsonObject:
        return {"isPeered": bool(self.all(PeeredVpc))}

    def tag_resource(self, request: Request) -> JsonObject:
        resource = self.subject(Resource, request)
        return self.complete(request, resource, effect=lambda: self.tag(resource, request["tags"]))

    def untag_resource(self, request: Request) -> JsonObject:
        resource = self.subject(Resource, request)
        untag, keys = self.tagger.untag_resource_using_names, request["tagKeys"]
        return self.complete(request, resource, effect=lambda: untag(resource.arn, keys))

    def set_ip_address_type(self, request: Request) -> JsonObject:
        kind = Resource.kinds.get(request["resourceType"], Resource)
        resource = self.subject(kind, request, "resourceName")
        return self.start(request, resource, after=request.only("ipAddressType"))

    def put_alarm(self, request: Request) -> JsonObject:
        watched = self.subject(Resource, request, "monitoredResourceName")
        info = {"arn": watched.arn, "name": watched.name, "resourceType": watched.kind}
        members: JsonObject = {"monitoredResourceInfo": info}
        members["datapointsToAlarm"] = request["evaluationPeriods"]
        alarm = self.find(Alarm, request["alarmName"])
        if alarm is None:
            return self.create(request, Alarm(self, request, **members))
        self.tag(alarm, request.get("tags", []))
        defaults = {**Alarm.facts["members"], "state": alarm.members["state"]}  # which is kept
        after = deepcopy(defaults) | members | request.only(Alarm.facts["written"])
        return self.complete(request, alarm, after=after)

    def get_alarms(self, request: Request) -> JsonObject:
        watched, info = request.get("monitoredResourceName"), "monitoredResourceInfo"
        alarms = self.wanted(Alarm, request)
        found = [each for each in alarms if watched in (None, each.members[info]["name"])]
        return self.page("alarms", found, request)

    def get_contact_methods(self, request: Request) -> JsonObject:
        methods = self.all(ContactMethod)
        wanted = request.get("protocols", [each.name for each in methods])
        return {"contactMethods": self.show(*(each for each in methods if each.name in wanted))}


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
