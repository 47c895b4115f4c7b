"""Distributions, which cache what they get from an origin, and buckets, which can be one."""

from __future__ import annotations

from functools import partial
from operator import itemgetter
from urllib.parse import urlsplit

from lightsail_ops.enums import OperationStatus
from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing._operations import Outcome
from lightsail_ops.testing._resources import backend as on
from lightsail_ops.testing._resources.base import How, Request, Resource
from lightsail_ops.testing._resources.domains import Subdomain
from lightsail_ops.testing._resources.instances import Instance
from lightsail_ops.testing._resources.load_balancers import Certificate
from lightsail_ops.testing.exceptions import AwsError, check, check_exists

_ORIGINS = ("Bucket", "ContainerService", "Instance", "LoadBalancer")
_MOST_KEYS = 2  # of a bucket


class Bucket(Resource):
    """A bucket for objects."""

    def write(self, request: Request) -> JsonObject:
        is_versioned = request.get("enableObjectVersioning")
        return super().write(request) | ({"objectVersioning": "Enabled"} if is_versioned else {})

    def delete_access_key(self, request: Request) -> How:
        keys, gone = self.members["accessKeys"], request["accessKeyId"]
        kept = [each for each in keys if each["accessKeyId"] != gone]
        check_exists(kept != keys, f"The bucket {self.name} has no access key {gone}.")
        return {"after": {"accessKeys": kept}}

    def check_unused(self, request: Request) -> None:
        """Raise AWS's error if only forceDelete deletes it."""
        home = self.backend.in_region(on.HOME)
        is_origin = any(each.find_origin() is self for each in home.all(Distribution))
        is_used = (
            is_origin or self.members["accessKeys"] or self.members["resourcesReceivingAccess"]
        )
        may_go = request.get("forceDelete") or not is_used
        check(may_go, f"{self.name} has access keys or is used: delete it with forceDelete.")

    def lose(self, other: Resource) -> None:
        users = self.members["resourcesReceivingAccess"]
        self.members["resourcesReceivingAccess"] = [
            each for each in users if each["name"] != other.key
        ]


class Distribution(Resource):
    """A content delivery network."""

    def derive(self, now: JsonObject) -> JsonObject:
        found = self.find_origin()
        kind, shown = (found.kind, found.to_dict()) if found else ("Instance", JsonObject())
        host = urlsplit(str(shown.get("url", ""))).hostname
        address = shown.get("dnsName") or shown.get("publicIpAddress") or host
        name = now["certificateName"]
        certificate = self.backend.get(Certificate, name).members if name else {}
        return self._describe_subdomain() | {
            "alternativeDomainNames": certificate.get("subjectAlternativeNames", []),
            "certificateName": name or None,
            "origin": now["origin"] | {"resourceType": kind},
            "originPublicDNS": address or f"{now['origin']['name']}.invalid",
            "status": now["state"],
        }

    def _describe_subdomain(self) -> JsonObject:
        for each in self.backend.all(Subdomain):
            for member, state in (("attachedTo", "Attached"), ("attachingTo", "Attaching")):
                if each.now.get(member) == self.name:
                    return {"subdomain": {"name": each.name, "state": state}}
        return {}

    def add_subdomain(self, request: Request) -> How:
        """Return the effect of a deployment that creates a subdomain too, and attaches it."""
        subdomain = {"name": request["subdomainName"]}

        def effect() -> Outcome | None:
            try:
                created = Subdomain(self.backend, request)
            except AwsError as error:  # of which the distribution is there all the same
                reason = {"errorCode": error.error_type, "errorDetails": error.message}
                self.members["subdomain"] = subdomain | {"state": "Error"} | reason
                return Outcome(OperationStatus.FAILED, error.error_type, error.message)
            now = self.backend.operations.now()
            created.members |= {"state": "ATTACHED", "attachedTo": self.name, "attachedAt": now}
            self.backend.keep(created)
            return None

        return {"during": {"subdomain": subdomain | {"state": "Creating"}}, "effect": effect}

    def find_origin(self, changes: JsonObject | None = None) -> Resource | None:
        """Return the resource that it caches, or would cache, if there is one."""
        wanted: JsonObject = self.members["origin"] | (changes or {})
        found = self.backend.in_region(wanted["regionName"]).resources.get(wanted.get("name", ""))
        return found if found is not None and found.kind in _ORIGINS else None

    def write(self, request: Request) -> JsonObject:
        written = super().write(request)
        if "origin" in written:
            found, name = self.find_origin(written["origin"]), written["origin"].get("name")
            check_exists(found, f"The origin does not exist: {name}")
        if "enablePrivateOriginAccess" in request:
            is_private = {"isPrivateOriginAccessEnabled": request["enablePrivateOriginAccess"]}
            written["origin"] = written.get("origin", {}) | is_private
        if "enableWaf" in request or "wafRules" in request:
            is_enabled = request.get("enableWaf", True)
            written["waf"] = {"isWafEnabled": is_enabled, "wafRules": request.get("wafRules", [])}
        if "certificateName" in request:
            self.backend.find(Certificate, request).check_issued()
        return written | ({"certificateName": ""} if request.get("useDefaultCertificate") else {})


def _check_able_to_update(resource: Resource, _: Request) -> None:
    is_able = resource.members["ableToUpdateBundle"]
    check(is_able, f"The bundle of {resource.name} has been updated in this month already.")


class DistributionBackend(on.ResourceBackend):
    """The actions on distributions and buckets."""

    get_distributions: on.Action = on.lists(Distribution)
    get_distribution_bundles: on.Action = on.offers("distribution_bundles")
    get_distribution_metric_data: on.Action = on.measures(Distribution)
    update_distribution: on.Action = on.changes(Distribution)
    update_distribution_bundle: on.Action = on.changes(Distribution, rule=_check_able_to_update)
    attach_certificate_to_distribution: on.Action = on.changes(Distribution, Certificate)
    detach_certificate_from_distribution: on.Action = on.changes(Distribution)
    delete_distribution: on.Action = on.deletes(Distribution)
    create_bucket: on.Action = on.creates(Bucket)
    get_bucket_bundles: on.Action = on.offers("bucket_bundles")
    get_bucket_metric_data: on.Action = on.measures(Bucket)
    update_bucket: on.Action = on.changes(Bucket)
    update_bucket_bundle: on.Action = on.changes(Bucket, rule=_check_able_to_update)
    delete_bucket: on.Action = on.deletes(Bucket, Bucket.check_unused)
    delete_bucket_access_key: on.Action = on.changes(Bucket, rule=Bucket.delete_access_key)

    def create_distribution(self, request: Request) -> JsonObject:
        distribution = Distribution(self, request)
        how = distribution.add_subdomain(request) if "subdomainName" in request else How()
        return self.begin(request, distribution, **how)

    def reset_distribution_cache(self, request: Request) -> JsonObject:
        distribution = self.find(Distribution, request)
        reset = {"status": "InProgress", "createTime": self.operations.now()}
        how = How(during={"reset": reset}, after={"reset": reset | {"status": "Complete"}})
        return reset | self.begin(request, distribution, **how)

    def get_distribution_latest_cache_reset(self, request: Request) -> JsonObject:
        shown = [self.show(each, request) for each in self.find_all(Distribution, request)]
        resets = [each["reset"] for each in shown if "reset" in each]
        return max(resets, key=itemgetter("createTime"), default=JsonObject())

    def get_buckets(self, request: Request) -> JsonObject:
        sync = {"status": "Defaulted", "bpaImpactsLightsail": False}
        return self.page(self.find_all(Bucket, request), request) | {"accountLevelBpaSync": sync}

    def set_resource_access_for_bucket(self, request: Request) -> JsonObject:
        bucket, instance = self.find(Bucket, request), self.find(Instance, request, "resourceName")
        name = {"name": instance.name, "resourceType": instance.kind}
        others = [each for each in bucket.members["resourcesReceivingAccess"] if each != name]
        allowed = [name] if request["access"] == "allow" else []
        update = partial(bucket.members.update, resourcesReceivingAccess=others + allowed)
        return self.begin(request, instance, bucket, effect=update)

    def create_bucket_access_key(self, request: Request) -> JsonObject:
        bucket, (_, uuid) = self.find(Bucket, request), self.new_number()
        keys = bucket.members["accessKeys"]
        check(len(keys) < _MOST_KEYS, f"{bucket.name} has {_MOST_KEYS} access keys already.")
        key: JsonObject = {"accessKeyId": f"AKIA{uuid.hex[:16].upper()}", "status": "Active"}
        key["createdAt"] = self.operations.now()
        response = self.begin(request, bucket, after={"accessKeys": [*keys, key]})
        return response | {"accessKey": key | {"secretAccessKey": f"a-fake-{uuid.hex}"}}

    def get_bucket_access_keys(self, request: Request) -> JsonObject:
        never_used = {"lastUsed": {"region": "N/A", "serviceName": "N/A"}}
        keys = self.find(Bucket, request).members["accessKeys"]
        return {"accessKeys": [each | never_used for each in keys]}
