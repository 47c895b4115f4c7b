"""Distributions, which cache what they get from an origin, and buckets, which can be one."""

from __future__ import annotations

from functools import partial
from operator import itemgetter
from urllib.parse import urlsplit

from lightsail_ops.enums import OperationStatus
from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing._operations import Outcome
from lightsail_ops.testing._resources import backend as on
from lightsail_ops.testing._resources.base import Effect, Request, Resource
from lightsail_ops.testing._resources.domains import Subdomain
from lightsail_ops.testing._resources.instances import Instance
from lightsail_ops.testing._resources.load_balancers import Certificate
from lightsail_ops.testing.exceptions import AwsError, check, check_exists

_ORIGINS = ("Bucket", "ContainerService", "Instance", "LoadBalancer")
_MOST_KEYS = 2  # of a bucket
_USERS = "resourcesReceivingAccess"  # the instances that may use a bucket


class Bucket(Resource):
    """A bucket for objects."""

    def write(self, request: Request) -> JsonObject:
        log: JsonObject = request.get("accessLogConfig", {})
        is_right = "destination" in log or not log.get("enabled")
        check(is_right, "An access log that is enabled needs a destination.")
        return super().write(request)

    def derive(self, now: JsonObject) -> JsonObject:
        users = [{"name": name, "resourceType": "Instance"} for name in now[_USERS]]
        return {_USERS: users}


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

    def add_subdomain(self, request: Request) -> Effect:
        """Return the effect of a deployment that creates a subdomain too, and attaches it."""
        subdomain = {"name": request["subdomainName"]}

        def on_success() -> Outcome | None:
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

        during = {"subdomain": subdomain | {"state": "Creating"}}
        return {"during": during, "on_success": on_success}

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
            may_be = isinstance(self.find_origin(written["origin"]), Bucket)
            check(may_be or not any(is_private.values()), "The origin is no bucket.")
        if "enableWaf" in request or "wafRules" in request:
            is_enabled = request.get("enableWaf", True)
            written["waf"] = {"isWafEnabled": is_enabled, "wafRules": request.get("wafRules", [])}
        if "certificateName" in request:
            self.backend.find(Certificate, request).check_issued()
        return written


class DistributionBackend(on.ResourceBackend):
    """The actions on distributions and buckets."""

    get_distributions: on.Action = on.lists(Distribution)
    get_distribution_bundles: on.Action = on.offers("distribution_bundles")
    get_distribution_metric_data: on.Action = on.measures(Distribution)
    update_distribution: on.Action = on.changes(Distribution)
    attach_certificate_to_distribution: on.Action = on.changes(Distribution, Certificate)
    detach_certificate_from_distribution: on.Action = on.changes(Distribution)
    delete_distribution: on.Action = on.deletes(Distribution)
    create_bucket: on.Action = on.creates(Bucket)
    get_bucket_bundles: on.Action = on.offers("bucket_bundles")
    get_bucket_access_keys: on.Action = on.reads(Bucket, "accessKeys")
    get_bucket_metric_data: on.Action = on.measures(Bucket)
    update_bucket: on.Action = on.changes(Bucket)

    def create_distribution(self, request: Request) -> JsonObject:
        distribution = Distribution(self, request)
        effect = distribution.add_subdomain(request) if "subdomainName" in request else Effect()
        return self.begin(request, distribution, **effect)

    def _check_able_to_update(self, _: Request, resource: Resource) -> None:
        is_able = resource.members["ableToUpdateBundle"]
        check(is_able, f"The bundle of {resource.name} has been updated in this month already.")

    update_distribution_bundle: on.Action = on.changing(Distribution)(_check_able_to_update)
    update_bucket_bundle: on.Action = on.changing(Bucket)(_check_able_to_update)

    @on.changing(Distribution)
    def reset_distribution_cache(self, _: Request, __: Distribution) -> Effect:
        reset = {"status": "InProgress", "createTime": self.operations.now()}
        after = {"reset": reset | {"status": "Complete"}}
        return {"during": {"reset": reset}, "after": after, "response": reset}

    def get_distribution_latest_cache_reset(self, request: Request) -> JsonObject:
        shown = [self.show(each, request) for each in self.find_all(Distribution, request)]
        resets = [each["reset"] for each in shown if "reset" in each]
        return max(resets, key=itemgetter("createTime"), default=JsonObject())

    def get_buckets(self, request: Request) -> JsonObject:
        sync = {"status": "Defaulted", "bpaImpactsLightsail": False}
        return self.page(self.find_all(Bucket, request), request) | {"accountLevelBpaSync": sync}

    @on.changing(Bucket, goes=True)
    def delete_bucket(self, request: Request, bucket: Bucket) -> None:
        origins = [each.find_origin() for each in self.in_region(on.HOME).all(Distribution)]
        members = bucket.members
        is_used = bucket in origins or members["accessKeys"] or members[_USERS]
        may_go = request.get("forceDelete") or not is_used
        check(may_go, f"{bucket.name} has access keys or is used: delete it with forceDelete.")

    @on.changing(Instance, Bucket)
    def set_resource_access_for_bucket(
        self, request: Request, instance: Instance, bucket: Bucket
    ) -> Effect:
        is_allowed = request["access"] == "allow"
        return {"on_success": partial(bucket.hold, _USERS, instance.name, is_held=is_allowed)}

    @on.changing(Bucket)
    def create_bucket_access_key(self, _: Request, bucket: Bucket) -> Effect:
        keys, uuid = bucket.members["accessKeys"], self.new_number()[1]
        check(len(keys) < _MOST_KEYS, f"{bucket.name} has {_MOST_KEYS} access keys already.")
        key: JsonObject = {"accessKeyId": f"AKIA{uuid.hex[:16].upper()}", "status": "Active"}
        key["createdAt"] = self.operations.now()
        response = {"accessKey": key | {"secretAccessKey": f"a-fake-{uuid.hex}"}}
        key["lastUsed"] = {"region": "N/A", "serviceName": "N/A"}
        return {"after": {"accessKeys": [*keys, key]}, "response": response}

    @on.changing(Bucket)
    def delete_bucket_access_key(self, request: Request, bucket: Bucket) -> Effect:
        keys, gone = bucket.members["accessKeys"], request["accessKeyId"]
        kept = [each for each in keys if each["accessKeyId"] != gone]
        check_exists(kept != keys, f"The bucket {bucket.name} has no access key {gone}.")
        return {"after": {"accessKeys": kept}}
