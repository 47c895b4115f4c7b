"""Distributions, which cache what they get from an origin."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from lightsail_ops.testing._catalogue import CATALOGUES, find_offer
from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing.exceptions import InvalidInputException
from lightsail_ops.testing.resources.backend import ANY_KIND, ResourceBackend
from lightsail_ops.testing.resources.base import Request, Resource, States
from lightsail_ops.testing.resources.buckets import Bucket
from lightsail_ops.testing.resources.certificates import Certificate
from lightsail_ops.testing.resources.instances import Instance
from lightsail_ops.testing.resources.load_balancers import LoadBalancer

_CHANGING: States = ("InProgress", "Deployed")
_WRITTEN = (
    "defaultCacheBehavior cacheBehaviors isEnabled viewerMinimumTlsProtocolVersion"
    " certificateName defaultRootObject customErrorResponses"
)


class Distribution(Resource):
    """A content delivery network."""

    kind = "Distribution"
    new_states: ClassVar[States] = _CHANGING
    last_reset: JsonObject | None = None  # of the cache

    def to_dict(self) -> JsonObject:
        origin: JsonObject = self.members["origin"]
        name = origin.get("name", "")
        source = self.backend.find(ANY_KIND, name)
        return super().to_dict() | {
            "domainName": f"d{self.uuid.hex[:13]}.cloudfront.net",
            "origin": origin | {"resourceType": source.kind if source else "Instance"},
            "originPublicDNS": _public_dns(source) or f"{name}.invalid",
            "state": None,
            "status": self.current_state,
        }

    def write(self, request: Request) -> None:
        """Change what a request says."""
        members = self.members
        members |= request.only(_WRITTEN)
        settings = request.only("cacheBehaviorSettings").get("cacheBehaviorSettings", {})
        members["cacheBehaviorSettings"] |= settings
        origin = {"protocolPolicy": "http-only", "responseTimeout": 30}
        members["origin"] = origin | members.get("origin", {}) | request.get("origin", {})
        members["origin"].setdefault("regionName", self.backend.region_name)
        if "enablePrivateOriginAccess" in request:
            is_enabled = request["enablePrivateOriginAccess"]
            members["origin"]["isPrivateOriginAccessEnabled"] = is_enabled
        if "enableWaf" in request or "wafRules" in request:
            is_enabled = request.get("enableWaf", True)
            members["waf"] = {"isWafEnabled": is_enabled, "wafRules": request.get("wafRules", [])}
        if request.get("useDefaultCertificate"):
            self.set_certificate(None)

    def set_certificate(self, certificate: Certificate | None) -> None:
        """Use a certificate, or the one that every distribution has."""
        self.members["certificateName"] = certificate and certificate.name
        names = certificate.members["subjectAlternativeNames"] if certificate else []
        self.members["alternativeDomainNames"] = names


def _public_dns(origin: Resource | None) -> str | None:
    match origin:
        case Instance():
            return origin.public_ip_address
        case LoadBalancer():
            return str(origin.to_dict()["dnsName"])
        case Bucket():
            return f"{origin.name}.s3.{origin.location.region_name}.amazonaws.com"
        case _:
            return None


class DistributionBackend(ResourceBackend):
    """The actions on distributions."""

    def create_distribution(self, request: Request) -> JsonObject:
        name = self.check_free(Distribution, request["distributionName"])
        find_offer("distribution_bundles", "bundleId", request["bundleId"])
        members = request.only("bundleId ipAddressType tags")
        distribution = Distribution(self, name, members)
        distribution.write(request)
        operations = self.start("CreateDistribution", distribution, comes=distribution)
        return {"distribution": distribution.to_dict(), "operation": operations[0]}

    def get_distributions(self, request: Request) -> JsonObject:
        name = request.get("distributionName")
        found = self.all_of(Distribution) if name is None else [self.get(Distribution, name)]
        return self.page_of("distributions", found, request)

    def update_distribution(self, request: Request) -> list[JsonObject]:
        return self._start(request, lambda distribution: distribution.write(request))

    def update_distribution_bundle(self, request: Request) -> list[JsonObject]:
        changes = request.only("bundleId")
        if changes:
            find_offer("distribution_bundles", "bundleId", changes["bundleId"])
        return self._start(request, lambda distribution: distribution.members.update(changes))

    def attach_certificate_to_distribution(self, request: Request) -> list[JsonObject]:
        distribution = self._named_distribution(request)
        certificate = self.named(Certificate, request["certificateName"])
        certificate.check_issued()
        effect = partial(distribution.set_certificate, certificate)
        return self.start(
            request.action, distribution, certificate, states=_CHANGING, effect=effect
        )

    def detach_certificate_from_distribution(self, request: Request) -> list[JsonObject]:
        return self._start(request, lambda distribution: distribution.set_certificate(None))

    def delete_distribution(self, request: Request) -> list[JsonObject]:
        distribution = self._named_distribution(request)
        states = ("InProgress", "InProgress")
        return self.start("DeleteDistribution", distribution, states=states, goes=distribution)

    def reset_distribution_cache(self, request: Request) -> JsonObject:
        distribution = self._named_distribution(request)
        before = distribution.last_reset
        reset: JsonObject = {"status": "InProgress", "createTime": self.operations.now()}
        distribution.last_reset = reset
        operations = self.start(
            "ResetDistributionCache",
            distribution,
            effect=lambda: reset.update(status="Complete"),
            on_failure=lambda: setattr(distribution, "last_reset", before),
        )
        return reset | {"operation": operations[0]}

    def get_distribution_latest_cache_reset(self, request: Request) -> JsonObject:
        name = request.get("distributionName")
        found = self.all_of(Distribution) if name is None else [self.get(Distribution, name)]
        resets = [dict(each.last_reset) for each in found if each.last_reset is not None]
        self.show_all(found)
        return max(resets, key=lambda each: each["createTime"], default={})

    def get_distribution_bundles(self, _: Request) -> JsonObject:
        return {"bundles": CATALOGUES["distribution_bundles"]}

    def _start(
        self, request: Request, change: Callable[[Distribution], object]
    ) -> list[JsonObject]:
        distribution = self._named_distribution(request)
        effect = partial(change, distribution)
        return self.start(request.action, distribution, states=_CHANGING, effect=effect)

    def _named_distribution(self, request: Request) -> Distribution:
        return self.named(Distribution, _name_in(request))


def _name_in(request: Request) -> str:
    """Return the distribution's name, which the model calls optional where it is not."""
    if "distributionName" not in request:
        raise InvalidInputException("distributionName must name a resource.")
    return str(request["distributionName"])
