"""Alarms, the contact methods that they notify, and the metrics that they watch."""

from __future__ import annotations

from functools import partial
from random import Random

from lightsail_ops.testing._catalogue import CATALOGUES
from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing._resources.backend import (
    Action,
    ResourceBackend,
    all_of,
    completes,
    creates,
    deletes,
)
from lightsail_ops.testing._resources.base import Request, Resource
from lightsail_ops.testing._resources.buckets import Bucket
from lightsail_ops.testing._resources.containers import ContainerService
from lightsail_ops.testing._resources.databases import RelationalDatabase
from lightsail_ops.testing._resources.distributions import Distribution
from lightsail_ops.testing._resources.instances import Instance
from lightsail_ops.testing._resources.load_balancers import LoadBalancer

_WRITTEN = (
    "metricName comparisonOperator threshold evaluationPeriods datapointsToAlarm treatMissingData"
    " contactProtocols notificationTriggers notificationEnabled"
)
_UNKNOWN = ("Average", "Count", 0, 1)  # a metric that has no known unit
_MOST_POINTS = 1440  # that a response has, as with CloudWatch


class Alarm(Resource):
    """An alarm on a metric of a resource."""

    kind = "Alarm"
    named_by = "alarmName"
    written = _WRITTEN

    def to_dict(self) -> JsonObject:
        statistic, unit, *_ = CATALOGUES["metrics"].get(self.members["metricName"], _UNKNOWN)
        return super().to_dict() | {"statistic": statistic, "unit": unit}

    def test(self, request: Request) -> None:
        self.members |= request.only("state")


class ContactMethod(Resource):
    """An address that alarms are sent to."""

    kind = "ContactMethod"
    named_by = "protocol"
    written = "protocol contactEndpoint"


class AlarmBackend(ResourceBackend):
    """The actions on alarms and contact methods."""

    test_alarm: Action = completes(Alarm, Alarm.test)
    delete_alarm: Action = deletes(Alarm)
    create_contact_method: Action = creates(ContactMethod)
    send_contact_method_verification: Action = completes(ContactMethod)
    delete_contact_method: Action = deletes(ContactMethod)

    def put_alarm(self, request: Request) -> JsonObject:
        watched = self.named(Resource, request["monitoredResourceName"])
        members: JsonObject = {
            "datapointsToAlarm": request["evaluationPeriods"],
            "monitoredResourceInfo": {
                "arn": watched.arn,
                "name": watched.name,
                "resourceType": watched.kind,
            },
        }
        alarm = self.find(Alarm, request["alarmName"])
        if alarm is None:
            return self.create(Alarm(self, request, **members))
        self.tag(alarm, request.get("tags", []))
        effect = partial(alarm.members.update, members | request.only(_WRITTEN))
        return all_of(self.complete("PutAlarm", alarm, effect=effect))

    def get_alarms(self, request: Request) -> JsonObject:
        watched, info = request.get("monitoredResourceName"), "monitoredResourceInfo"
        alarms = self.wanted(Alarm, request)
        found = [each for each in alarms if watched in (None, each.members[info]["name"])]
        return self.page("alarms", found, request)

    def get_contact_methods(self, request: Request) -> JsonObject:
        methods = self.all(ContactMethod)
        wanted = request.get("protocols", [each.name for each in methods])
        return {"contactMethods": self.show_all(each for each in methods if each.name in wanted)}


def _metric_data(kind: type[Resource]) -> Action:
    """Return the action that reads a metric: plausible values for whatever time is wanted."""

    def read(backend: ResourceBackend, request: Request) -> JsonObject:
        resource, name = backend.get(kind, request[kind.named_by]), request["metricName"]
        _, unit, low, high = CATALOGUES["metrics"].get(name, _UNKNOWN)
        period: int = request["period"]
        first = int(request["startTime"]) // period * period
        random = Random(f"{resource.arn}/{name}/{first}")  # noqa: S311 - the same each time
        members = [each[0].lower() + each[1:] for each in request["statistics"]]
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

    get_bucket_metric_data: Action = _metric_data(Bucket)
    get_container_service_metric_data: Action = _metric_data(ContainerService)
    get_distribution_metric_data: Action = _metric_data(Distribution)
    get_instance_metric_data: Action = _metric_data(Instance)
    get_load_balancer_metric_data: Action = _metric_data(LoadBalancer)
    get_relational_database_metric_data: Action = _metric_data(RelationalDatabase)
