"""The account itself: its operations, offers, names, tags and costs, its alarms and VPC."""

from __future__ import annotations

from copy import deepcopy
from functools import partial

from lightsail_ops.testing._control import control
from lightsail_ops.testing._data import CATALOGUES, LIMITS, JsonObject
from lightsail_ops.testing._resources import backend as on
from lightsail_ops.testing._resources.base import Effect, Request, Resource
from lightsail_ops.testing._resources.instances import Instance
from lightsail_ops.testing.exceptions import NotFoundException, check, check_exists

_HOURS_PER_MONTH = 730
_MOST_ALARMS = 2  # on a metric of a resource


class PeeredVpc(Resource):
    """The VPC of Lightsail, peered with the default VPC of the account."""


class Alarm(Resource):
    """An alarm on a metric of a resource."""

    def derive(self, now: JsonObject) -> JsonObject:
        statistic, unit, *_ = CATALOGUES["metrics"].get(now["metricName"], on.UNKNOWN_METRIC)
        watched = self.backend.resources[now["monitoredResourceName"]]
        info = {"arn": watched.arn, "name": watched.name, "resourceType": watched.kind}
        datapoints = now["datapointsToAlarm"] or now["evaluationPeriods"]
        derived = {"datapointsToAlarm": datapoints, "monitoredResourceInfo": info}
        return derived | {"statistic": statistic, "unit": unit}


class ContactMethod(Resource):
    """An address that alarms are sent to."""


class AccountBackend(on.ResourceBackend):
    """The actions on the account, and on alarms."""

    get_blueprints: on.Action = on.offers("blueprints")
    get_bundles: on.Action = on.offers("bundles")
    get_alarms: on.Action = on.lists(Alarm)
    test_alarm: on.Action = on.changes(Alarm)
    delete_alarm: on.Action = on.deletes(Alarm)
    get_contact_methods: on.Action = on.lists(ContactMethod)
    create_contact_method: on.Action = on.creates(ContactMethod)
    send_contact_method_verification: on.Action = on.changes(ContactMethod)
    delete_contact_method: on.Action = on.deletes(ContactMethod)

    def get_operation(self, request: Request) -> JsonObject:
        wanted = request["operationId"]
        check_exists(wanted in self.operations.by_id, f"There is no operation {wanted}.")
        return {"operation": self.operations.read([wanted])[0]}

    def get_operations(self, request: Request) -> JsonObject:
        return self.operations.get_page(request, control().page_size, control().order)

    get_operations_for_resource = get_operations

    def get_active_names(self, _: Request) -> list[str]:
        return [each.name for each in self.all(Resource)]

    def get_profile(self, _: Request) -> JsonObject:
        return {"profileType": "Lightsailor"}

    def get_regions(self, request: Request) -> list[JsonObject]:
        return [_describe_region(each, request) for each in CATALOGUES["regions"]]

    def get_cost_estimate(self, request: Request) -> JsonObject:
        resource = self.find(Resource, request)
        start, end = request["startTime"], request["endTime"]
        hours = max(0.0, end - start) / 3600
        chosen = [resource.offer(each) for each in resource.facts.get("offers", ())]
        price = sum(each.get("price", 0.0) for each in chosen) * resource.members.get("scale", 1)
        cost: JsonObject = {
            "usageCost": price / _HOURS_PER_MONTH * hours,
            "pricingUnit": "Hrs",
            "unit": hours,
            "currency": "USD",
            "timePeriod": {"start": start, "end": end},
        }
        estimate: JsonObject = request | {
            "resourceType": resource.kind,
            "costEstimates": [{"usageType": f"{resource.kind}-Usage", "resultsByTime": [cost]}],
        }
        return {"resourcesBudgetEstimate": [estimate]}

    def peer_vpc(self, request: Request) -> JsonObject:
        vpcs = self.all(PeeredVpc)
        vpc = vpcs[0] if vpcs else PeeredVpc(self, request, f"vpc-{self.new_number()[1].hex[:8]}")
        return self.begin(request, vpc, details=f"vpc-{vpc.id[17:25]}")

    def unpeer_vpc(self, request: Request) -> JsonObject:
        for vpc in self.all(PeeredVpc):
            return self.begin(request, vpc, goes=True, details=f"vpc-{vpc.id[17:25]}")
        raise NotFoundException("There is no peered VPC.")

    def is_vpc_peered(self, _: Request) -> JsonObject:
        return {"isPeered": bool(self.all(PeeredVpc))}

    @on.changing(Resource)
    def tag_resource(self, request: Request, resource: Resource) -> Effect:
        present = self.tagger.get_tag_dict_for_resource(resource.arn)
        keys = present.keys() | {each["key"] for each in request["tags"] if "key" in each}
        most = LIMITS["tags"]["max"]
        check(len(keys) <= most, f"{resource.name} may have {most} tags.")
        return {"on_success": partial(self.tag, resource, request["tags"])}

    @on.changing(Resource)
    def untag_resource(self, request: Request, resource: Resource) -> Effect:
        untag = self.tagger.untag_resource_using_names
        return {"on_success": partial(untag, resource.arn, request["tagKeys"])}

    def set_ip_address_type(self, request: Request) -> JsonObject:
        kind = Resource.kinds[request["resourceType"]]
        is_right = "ipAddressType" in kind.facts.get("written", "").split()
        check(is_right, f"A {kind.kind} has no ipAddressType.")
        resource, after = self.find(kind, request), JsonObject()
        if isinstance(resource, Instance) and request.get("acceptBundleUpdate"):
            count = int(request["ipAddressType"] != "ipv6")
            after["bundleId"] = resource.find_bundle(publicIpv4AddressCount=count)["bundleId"]
        return self.begin(request, resource, after=after)

    def put_alarm(self, request: Request) -> JsonObject:
        watched = self.find(Resource, request, "monitoredResourceName")
        name, metrics = request["metricName"], CATALOGUES["alarms"].get(watched.kind, ())
        check(name in metrics, f"No alarm can be on {name} of a {watched.kind}.")
        triggers = request.get("notificationTriggers") or ["ALARM"]
        check("ALARM" in triggers, "notificationTriggers must have ALARM.")
        alarms = watched.find_referring(Alarm, "monitoredResourceName")
        others = {each.name for each in alarms if each.members["metricName"] == name}
        is_free = len(others - {request["alarmName"]}) < _MOST_ALARMS
        check(is_free, f"{watched.name} has {_MOST_ALARMS} alarms on {name} already.")
        alarm = self.resources.get(request["alarmName"])
        if not isinstance(alarm, Alarm):
            return self.begin(request, Alarm(self, request))
        after = deepcopy(Alarm.facts["members"]) | alarm.write(request)
        after["state"] = alarm.members["state"]
        on_success = partial(self.tag, alarm, request.get("tags", []))
        return self.begin(request, alarm, after=after, on_success=on_success)


def _describe_region(region: JsonObject, request: Request) -> JsonObject:
    zones = [{"zoneName": zone, "state": "available"} for zone in region["zones"]]
    wanted = {
        "availabilityZones": "includeAvailabilityZones",
        "relationalDatabaseAvailabilityZones": "includeRelationalDatabaseAvailabilityZones",
    }
    return region | {each: zones if request.get(wanted[each]) else [] for each in wanted}
