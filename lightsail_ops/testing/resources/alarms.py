"""Alarms, the contact methods that they notify, and the metrics that they watch."""

from __future__ import annotations

from functools import partial
from random import Random
from typing import ClassVar

from lightsail_ops.testing._catalogue import CATALOGUES
from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing.resources.backend import Action, ResourceBackend, delete_one
from lightsail_ops.testing.resources.base import Request, Resource
from lightsail_ops.testing.resources.buckets import Bucket
from lightsail_ops.testing.resources.containers import ContainerService
from lightsail_ops.testing.resources.databases import RelationalDatabase
from lightsail_ops.testing.resources.distributions import Distribution
from lightsail_ops.testing.resources.instances import Instance
from lightsail_ops.testing.resources.load_balancers import LoadBalancer

_WRITTEN = (
    "metricName comparisonOperator threshold evaluationPeriods datapointsToAlarm treatMissingData"
    " contactProtocols notificationTriggers notificationEnabled tags"
)
_MOST_POINTS = 1440  # that a response has, as with CloudWatch


class Alarm(Resource):
    """An alarm on a metric of a resource."""

    kind = "Alarm"

    def to_dict(self) -> JsonObject:
        statistic, unit, *_ = CATALOGUES["metrics"].get(
            self.members["metricName"], ["Average", "Count"]
        )
        return super().to_dict() | {"statistic": statistic, "unit": unit}


class ContactMethod(Resource):
    """An address that alarms are sent to."""

    kind = "ContactMethod"


class AlarmBackend(ResourceBackend):
    """The actions on alarms and contact methods."""

    delete_alarm = delete_one(Alarm, "alarmName")
    delete_contact_method = delete_one(ContactMethod, "protocol")

    def put_alarm(self, request: Request) -> list[JsonObject]:
        watched = self.named_any(request["monitoredResourceName"])
        info = {"arn": watched.arn, "name": watched.name, "resourceType": watched.kind}
        changes = request.only(_WRITTEN) | {"monitoredResourceInfo": info}
        changes.setdefault("datapointsToAlarm", request["evaluationPeriods"])
        alarm = self.find(Alarm.kind, request["alarmName"])
        if alarm is None:
            new = Alarm(self, request["alarmName"], changes)
            return self.complete("PutAlarm", new, comes=new)
        self.tag(alarm, changes.pop("tags", []))
        return self.complete("PutAlarm", alarm, effect=partial(alarm.members.update, changes))

    def get_alarms(self, request: Request) -> JsonObject:
        name, watched = request.get("alarmName"), request.get("monitoredResourceName")
        alarms = self.all_of(Alarm) if name is None else [self.get(Alarm, name)]
        names = {each.name: each.members["monitoredResourceInfo"]["name"] for each in alarms}
        found = [each for each in alarms if watched in (None, names[each.name])]
        return self.page_of("alarms", found, request)

    def test_alarm(self, request: Request) -> list[JsonObject]:
        alarm = self.named(Alarm, request["alarmName"])
        effect = partial(alarm.members.update, state=request["state"])
        return self.complete("TestAlarm", alarm, effect=effect)

    def create_contact_method(self, request: Request) -> list[JsonObject]:
        name = self.check_free(ContactMethod, request["protocol"])
        members = request.only("contactEndpoint protocol tags")
        method = ContactMethod(self, name, members)
        return self.complete("CreateContactMethod", method, comes=method)

    def get_contact_methods(self, request: Request) -> JsonObject:
        methods = self.all_of(ContactMethod)
        wanted = request.get("protocols", [each.name for each in methods])
        return {"contactMethods": self.show_all(each for each in methods if each.name in wanted)}

    def send_contact_method_verification(self, request: Request) -> list[JsonObject]:
        method = self.named(ContactMethod, request["protocol"])
        return self.complete("SendContactMethodVerification", method)


def _metric_data(kind: type[Resource], named_by: str) -> Action:
    """Return the action that reads a metric: plausible values for whatever time is wanted."""

    def read(backend: ResourceBackend, request: Request) -> JsonObject:
        resource, name = backend.get(kind, request[named_by]), request["metricName"]
        statistic, unit, low, high = CATALOGUES["metrics"].get(name, ["Average", "None", 0, 1])
        period: int = request["period"]
        first = int(request["startTime"]) // period * period
        random = Random(f"{resource.arn}/{name}/{first}")  # noqa: S311 - the same each time
        members = [each[0].lower() + each[1:] for each in request["statistics"] or [statistic]]
        count = int(request["endTime"] - request["startTime"]) // period
        points = [
            {member: random.uniform(low, high) for member in members}
            | {"timestamp": float(first + number * period), "unit": request.get("unit", unit)}
            for number in range(min(count, _MOST_POINTS))
        ]
        return {"metricName": name, "metricData": points}

    return read


class MetricBackend(ResourceBackend):
    """The actions that read metrics."""

    get_bucket_metric_data: ClassVar[Action] = _metric_data(Bucket, "bucketName")
    get_container_service_metric_data: ClassVar[Action] = _metric_data(
        ContainerService, "serviceName"
    )
    get_distribution_metric_data: ClassVar[Action] = _metric_data(Distribution, "distributionName")
    get_instance_metric_data: ClassVar[Action] = _metric_data(Instance, "instanceName")
    get_load_balancer_metric_data: ClassVar[Action] = _metric_data(LoadBalancer, "loadBalancerName")
    get_relational_database_metric_data: ClassVar[Action] = _metric_data(
        RelationalDatabase, "relationalDatabaseName"
    )
