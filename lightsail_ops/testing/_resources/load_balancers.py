"""Load balancers, and the certificates: theirs, and those of distributions and containers."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TypeAlias
from uuid import UUID, uuid5

from lightsail_ops.testing._data import CATALOGUES, JsonObject, complete
from lightsail_ops.testing._resources import backend as on
from lightsail_ops.testing._resources.base import Effect, Request, Resource
from lightsail_ops.testing._resources.instances import Instance
from lightsail_ops.testing.exceptions import check

_DELETION = Effect(type="DeleteLoadBalancerTlsCertificate", goes=True, details=None)
_MOST_CERTIFICATES = 2  # of a load balancer
_LIFETIME = timedelta(days=395)  # of a certificate of AWS Certificate Manager


class AnyCertificate(Resource):
    """A TLS certificate of either kind."""

    def __init__(self, backend: on.ResourceBackend, request: Request) -> None:
        super().__init__(backend, request)
        names = [self.members["domainName"], *self.members.get("subjectAlternativeNames", ())]
        self.members["subjectAlternativeNames"] = list(dict.fromkeys(names))

    def issue(self) -> None:
        """Issue it, as if its owner had proved that the domain is theirs."""
        given = self.members | {"serial": bytes.fromhex(self.id).hex(":")}
        now, issued = self.backend.operations.now(), complete(CATALOGUES["issued"], given)
        times = {"issuedAt": now, "notBefore": now, "notAfter": now + _LIFETIME}
        self.members |= issued | times

    def check_issued(self) -> None:
        is_issued = self.members["status"] == "ISSUED"
        check(is_issued, f"The certificate {self.name} is not issued.")

    def derive(self, now: JsonObject) -> JsonObject:
        """Return the records that prove, one for each name, that the domain is its owner's."""
        status = "SUCCESS" if now["status"] == "ISSUED" else "PENDING_VALIDATION"
        records = [
            {
                "domainName": name,
                "name": f"_{uuid5(UUID(self.id), name).hex}.{name}.",
                "type": "CNAME",
                "value": f"_{uuid5(UUID(self.id), f'{name}.').hex}.acm-validations.aws.",
                "validationStatus": status,
            }
            for name in now["subjectAlternativeNames"]
        ]
        return {"domainValidationRecords": [each | {"resourceRecord": each} for each in records]}


class Certificate(AnyCertificate):
    """A certificate for distributions and container services."""

    def list_users(self) -> list[Resource]:
        """Return the distributions and the container services that have it, or will have it."""
        return [
            each
            for each in self.backend.all(Resource)
            if self.name in each.foresee("certificateName")
            or any(self.name in names for names in each.foresee("publicDomainNames"))
        ]

    def summarize(self, *, with_details: bool) -> JsonObject:
        detail = self.to_dict() | {"inUseResourceCount": len(self.list_users())}
        summary = detail | {"certificateArn": self.arn, "certificateName": self.name}
        return summary | {"certificateDetail": detail if with_details else None}


class LoadBalancerTlsCertificate(AnyCertificate):
    """A certificate of a load balancer."""

    def check_of(self, balancer: LoadBalancer) -> None:
        is_right = self.members["loadBalancerName"] == balancer.name
        check(is_right, f"The certificate {self.name} is not one of {balancer.name}.")


class LoadBalancer(Resource):
    """A load balancer."""

    @property
    def certificates(self) -> list[LoadBalancerTlsCertificate]:
        return self.find_referring(LoadBalancerTlsCertificate, "loadBalancerName")

    def derive(self, now: JsonObject) -> JsonObject:
        certificates = [each.to_dict() for each in self.certificates]
        is_secure, health = any(each["isAttached"] for each in certificates), CATALOGUES["health"]
        return {
            "instanceHealthSummary": [
                {"instanceName": instance.name} | health.get(instance.now["state"], health["idle"])
                for instance in self.backend.all(Instance)
                if instance.name in now["instanceNames"]
            ],
            "protocol": "HTTP_HTTPS" if is_secure else "HTTP",
            "publicPorts": [80, 443] if is_secure else [80],
            "tlsCertificateSummaries": certificates,
        }


TlsCertificate: TypeAlias = LoadBalancerTlsCertificate


class LoadBalancerBackend(on.ResourceBackend):
    """The actions on load balancers and certificates."""

    get_load_balancer: on.Action = on.shows(LoadBalancer)
    get_load_balancers: on.Action = on.lists(LoadBalancer)
    get_load_balancer_metric_data: on.Action = on.measures(LoadBalancer)
    get_load_balancer_tls_policies: on.Action = on.offers("tls_policies")

    def create_certificate(self, request: Request) -> JsonObject:
        certificate = Certificate(self, request)
        response = self.begin(request, certificate)
        return response | {"certificate": certificate.summarize(with_details=True)}

    def get_certificates(self, request: Request) -> list[JsonObject]:
        with_details = request.get("includeCertificateDetails", "certificateName" in request)
        return [
            each.summarize(with_details=with_details)
            for each in self.find_all(Certificate, request)
        ]

    @on.changing(Certificate, goes=True)
    def delete_certificate(self, _: Request, certificate: Certificate) -> None:
        names = ", ".join(each.name for each in certificate.list_users())
        check(not names, f"The certificate {certificate.name} is attached to {names}.")

    def create_load_balancer(self, request: Request) -> on.Begun:
        balancer = LoadBalancer(self, request)
        certificates = [TlsCertificate(self, request)] if "certificateName" in request else []
        on.check_names([each.name for each in (balancer, *certificates)])
        yield self.begin(request, balancer)
        for each in certificates if self.has(balancer) else ():
            yield self.begin(request, each, balancer, type="CreateLoadBalancerTlsCertificate")

    def delete_load_balancer(self, request: Request) -> on.Begun:
        balancer = self.find(LoadBalancer, request)
        certificates = balancer.certificates
        yield self.begin(request, balancer, goes=True)
        for each in certificates if not self.has(balancer) else ():
            yield self.begin(request, each, balancer, **_DELETION)

    @on.changing(LoadBalancer)
    def update_load_balancer_attribute(self, request: Request, balancer: LoadBalancer) -> Effect:
        name, value = request["attributeName"], request["attributeValue"]
        member = name[0].lower() + name[1:]
        if member not in balancer.members:
            return {"after": {"configurationOptions": {name: value}}}
        if member == "tlsPolicyName":
            balancer.offer(member, value)
        is_flag = name.endswith("Enabled")
        return {"after": {member: value.lower() == "true" if is_flag else value}}

    def attach_instances_to_load_balancer(self, request: Request) -> on.Begun:
        return self._balance(request, is_attached=True)

    def detach_instances_from_load_balancer(self, request: Request) -> on.Begun:
        return self._balance(request, is_attached=False)

    def _balance(self, request: Request, *, is_attached: bool) -> on.Begun:
        balancer = self.find(LoadBalancer, request)
        names = on.check_names(request["instanceNames"])
        instances = [self.get(Instance, name) for name in names]
        idle = [each.name for each in instances if each.now["state"] in ("stopping", "stopped")]
        check(not (is_attached and idle), f"The instances are stopped: {', '.join(idle)}")
        for instance in instances:
            hold = partial(balancer.hold, "instanceNames", instance.name, is_held=is_attached)
            yield self.begin(request, balancer, instance, on_success=hold)

    def create_load_balancer_tls_certificate(self, request: Request) -> JsonObject:
        balancer = self.find(LoadBalancer, request)
        is_free = len(balancer.certificates) < _MOST_CERTIFICATES
        check(is_free, f"{balancer.name} has {_MOST_CERTIFICATES} certificates already.")
        return self.begin(request, TlsCertificate(self, request), balancer)

    @on.changing(LoadBalancer, TlsCertificate)
    def attach_load_balancer_tls_certificate(
        self, _: Request, balancer: LoadBalancer, certificate: TlsCertificate
    ) -> Effect:
        certificate.check_of(balancer)
        certificate.check_issued()

        def on_success() -> None:
            for each in balancer.certificates:
                each.members["isAttached"] = each is certificate

        return {"on_success": on_success}

    @on.changing(TlsCertificate, LoadBalancer)
    def delete_load_balancer_tls_certificate(
        self, request: Request, certificate: TlsCertificate, balancer: LoadBalancer
    ) -> Effect:
        certificate.check_of(balancer)
        is_used = certificate.members["isAttached"] and balancer.members["instanceNames"]
        may_go = not is_used or request.get("force")
        check(may_go, f"Instances use the certificate {certificate.name}: delete it with force.")
        return _DELETION

    def get_load_balancer_tls_certificates(self, request: Request) -> list[TlsCertificate]:
        return self.find(LoadBalancer, request).certificates
