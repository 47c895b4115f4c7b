"""Distributions, which cache what they get from an origin, and buckets, which can be one."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from operator import itemgetter
from urllib.parse import urlsplit

from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing._resources import backend as on
from lightsail_ops.testing._resources.base import How, Request, Resource
from lightsail_ops.testing._resources.load_balancers import Certificate
from lightsail_ops.testing.exceptions import InvalidInputException, check


class Bucket(Resource):
    """A bucket for objects."""

    def write(self, request: Request) -> JsonObject:
        is_versioned = request.get("enableObjectVersioning")
        return super().write(request) | ({"objectVersioning": "Enabled"} if is_versioned else {})

    def delete_access_key(self, request: Request) -> How:
        keys, gone = self.members["accessKeys"], request["accessKeyId"]
        return {"after": {"accessKeys": [each for each in keys if each["accessKeyId"] != gone]}}


class Distribution(Resource):
    """A content delivery network."""

    def derive(self, now: JsonObject) -> JsonObject:
        name = now["origin"].get("name", "")
        source = self._find_source(name, now["origin"]["regionName"])
        kind, shown = (source.kind, source.to_dict()) if source else ("Instance", JsonObject())
        host = urlsplit(str(shown.get("url", ""))).hostname
        address = shown.get("dnsName") or shown.get("publicIpAddress") or host
        return {
            "origin": now["origin"] | {"resourceType": kind},
            "originPublicDNS": address or f"{name}.invalid",
            "status": now["state"],
        }

    def _find_source(self, name: str, region_name: str) -> Resource | None:
        """Return the resource that the distribution caches, which may be in any region."""
        backends = [self.backend]
        with suppress(InvalidInputException):  # there is no such region
            backends.insert(0, self.backend.in_region(region_name))
        named = [found for each in backends for found in each.all(Resource, name)]
        return next((each for each in named if each.kind != self.kind), None)

    def write(self, request: Request) -> JsonObject:
        written = super().write(request)
        if "enablePrivateOriginAccess" in request:
            origin: JsonObject = written.get("origin") or self.members["origin"]
            is_private = request["enablePrivateOriginAccess"]
            written["origin"] = origin | {"isPrivateOriginAccessEnabled": is_private}
        if "enableWaf" in request or "wafRules" in request:
            is_enabled = request.get("enableWaf", True)
            written["waf"] = {"isWafEnabled": is_enabled, "wafRules": request.get("wafRules", [])}
        return written | (_use_certificate(None) if request.get("useDefaultCertificate") else {})


def _use_certificate(certificate: Certificate | None) -> JsonObject:
    """Return the members of a distribution that say which certificate it has."""
    if certificate is None:
        return {"certificateName": None, "alternativeDomainNames": []}
    names = certificate.members["subjectAlternativeNames"]
    return {"certificateName": certificate.name, "alternativeDomainNames": names}


class DistributionBackend(on.ResourceBackend):
    """The actions on distributions and buckets."""

    create_distribution: on.Action = on.creates(Distribution)
    get_distributions: on.Action = on.lists(Distribution)
    get_distribution_bundles: on.Action = on.offers("distribution_bundles")
    get_distribution_metric_data: on.Action = on.measures(Distribution)
    update_distribution: on.Action = on.changes(Distribution)
    update_distribution_bundle: on.Action = on.changes(Distribution)
    detach_certificate_from_distribution: on.Action = on.changes(
        Distribution, lambda _, __: How(after=_use_certificate(None))
    )
    delete_distribution: on.Action = on.deletes(Distribution)
    create_bucket: on.Action = on.creates(Bucket)
    get_bucket_bundles: on.Action = on.offers("bucket_bundles")
    get_bucket_metric_data: on.Action = on.measures(Bucket)
    update_bucket: on.Action = on.changes(Bucket)
    update_bucket_bundle: on.Action = on.changes(Bucket)
    delete_bucket: on.Action = on.deletes(Bucket)
    delete_bucket_access_key: on.Action = on.changes(Bucket, Bucket.delete_access_key)

    def attach_certificate_to_distribution(self, request: Request) -> JsonObject:
        distribution = self.subject(Distribution, request)
        certificate = self.subject(Certificate, request)
        certificate.check_issued()
        after = _use_certificate(certificate)
        return self.begin(request, distribution, certificate, after=after)

    def reset_distribution_cache(self, request: Request) -> JsonObject:
        distribution = self.subject(Distribution, request)
        reset = {"status": "InProgress", "createTime": self.operations.now()}
        how = How(during={"reset": reset}, after={"reset": reset | {"status": "Complete"}})
        return reset | self.begin(request, distribution, **how)

    def get_distribution_latest_cache_reset(self, request: Request) -> JsonObject:
        shown = [self.show(each, request) for each in self.wanted(Distribution, request)]
        resets = [each["reset"] for each in shown if "reset" in each]
        return max(resets, key=itemgetter("createTime"), default=JsonObject())

    def get_buckets(self, request: Request) -> JsonObject:
        sync = {"status": "Defaulted", "bpaImpactsLightsail": False}
        return self.page(self.wanted(Bucket, request), request) | {"accountLevelBpaSync": sync}

    def set_resource_access_for_bucket(self, request: Request) -> JsonObject:
        bucket, resource = self.subject(Bucket, request), self.subject(Resource, request)
        check(resource is not bucket, f"The bucket {bucket.name} needs no access to itself.")
        name = {"name": resource.name, "resourceType": resource.kind}
        others = [each for each in bucket.members["resourcesReceivingAccess"] if each != name]
        allowed = [name] if request["access"] == "allow" else []
        update = partial(bucket.members.update, resourcesReceivingAccess=others + allowed)
        return self.begin(request, resource, bucket, effect=update)

    def create_bucket_access_key(self, request: Request) -> JsonObject:
        bucket, (_, uuid) = self.subject(Bucket, request), self.new_number()
        key: JsonObject = {"accessKeyId": f"AKIA{uuid.hex[:16].upper()}", "status": "Active"}
        key["createdAt"] = self.operations.now()
        after = {"accessKeys": [*bucket.members["accessKeys"], key]}
        response = self.begin(request, bucket, after=after)
        return response | {"accessKey": key | {"secretAccessKey": f"a-fake-{uuid.hex}"}}

    def get_bucket_access_keys(self, request: Request) -> JsonObject:
        never_used = {"lastUsed": {"region": "N/A", "serviceName": "N/A"}}
        keys = self.read(Bucket, request).members["accessKeys"]
        return {"accessKeys": [each | never_used for each in keys]}
