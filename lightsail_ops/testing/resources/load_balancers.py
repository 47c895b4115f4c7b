"""Load balancers, their instances and their certificates."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import chain
from typing import ClassVar

from lightsail_ops.testing._catalogue import CATALOGUES
from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing.resources.backend import ResourceBackend, show_one, show_page
from lightsail_ops.testing.resources.base import Request, Resource, States
from lightsail_ops.testing.resources.certificates import LoadBalancerTlsCertificate
from lightsail_ops.testing.resources.instances import Instance

_ATTRIBUTES = {  # the members that are called otherwise than the attribute
    "HealthCheckPath": "healthCheckPath",
    "HttpsRedirectionEnabled": "httpsRedirectionEnabled",
    "TlsPolicyName": "tlsPolicyName",
}


class LoadBalancer(Resource):
    """A load balancer."""

    kind = "LoadBalancer"
    new_states: ClassVar[States] = ("provisioning", "active")
    support = "arn:aws:elasticloadbalancing:loadbalancer/app/{id}"

    def __init__(self, backend: ResourceBackend, name: str, members: JsonObject) -> None:
        super().__init__(backend, name, members)
        self.instance_names: list[str] = []

    @property
    def certificates(self) -> list[LoadBalancerTlsCertificate]:
        """Its certificates, the oldest first."""
        every = self.backend.all_of(LoadBalancerTlsCertificate)
        return [each for each in every if each.members["loadBalancerName"] == self.name]

    def to_dict(self) -> JsonObject:
        certificates = self.certificates
        is_secure = any(each.is_attached for each in certificates)
        region = self.backend.region_name
        return super().to_dict() | {
            "dnsName": f"{self.uuid.hex}-{self.number}.{region}.elb.amazonaws.com",
            "instanceHealthSummary": self._health(),
            "protocol": "HTTP_HTTPS" if is_secure else "HTTP",
            "publicPorts": [80, 443] if is_secure else [80],
            "tlsCertificateSummaries": [
                {"name": each.name, "isAttached": each.is_attached} for each in certificates
            ],
        }

    def _health(self) -> list[JsonObject]:
        instances = {each.name: each for each in self.backend.all_of(Instance)}
        return [
            {"instanceName": name, "instanceHealth": "healthy"}
            if instances[name].is_running
            else {
                "instanceName": name,
                "instanceHealth": "unused",
                "instanceHealthReason": "Instance.InvalidState",
            }
            for name in self.instance_names
            if name in instances
        ]

    def add_instance(self, name: str) -> None:
        """Send requests to an instance too."""
        self.instance_names = [*(each for each in self.instance_names if each != name), name]

    def remove_instance(self, name: str) -> None:
        """Send no more requests to an instance."""
        self.instance_names = [each for each in self.instance_names if each != name]

    def use_certificate(self, certificate: LoadBalancerTlsCertificate) -> None:
        """Use a certificate, and no other."""
        for each in self.certificates:
            each.is_attached = each is certificate

    def set_attribute(self, name: str, value: str) -> None:
        """Change an attribute, by the name that the API has for it."""
        if name not in _ATTRIBUTES:
            self.members["configurationOptions"] |= {name: value}
        else:
            is_flag = name.endswith("Enabled")
            self.members[_ATTRIBUTES[name]] = value.lower() == "true" if is_flag else value


class LoadBalancerBackend(ResourceBackend):
    """The actions on load balancers and their certificates."""

    get_load_balancer = show_one(LoadBalancer, "loadBalancer", "loadBalancerName")
    get_load_balancers = show_page(LoadBalancer, "loadBalancers")

    def create_load_balancer(self, request: Request) -> list[JsonObject]:
        name = self.check_free(LoadBalancer, request["loadBalancerName"])
        names = "instancePort healthCheckPath tags ipAddressType tlsPolicyName"
        balancer, certificate = LoadBalancer(self, name, request.only(names)), None
        if "certificateName" in request:
            certificate = self._new_certificate(request)
        operations = self.start("CreateLoadBalancer", balancer, comes=balancer)
        return operations + (self._add(certificate, balancer) if certificate else [])

    def delete_load_balancer(self, request: Request) -> list[JsonObject]:
        balancer = self._named_balancer(request)
        certificates = balancer.certificates
        operations = self.complete("DeleteLoadBalancer", balancer, goes=balancer)
        deleted = [self._start_deleting(each, balancer) for each in certificates]
        return [*operations, *chain.from_iterable(deleted)]

    def update_load_balancer_attribute(self, request: Request) -> list[JsonObject]:
        balancer = self._named_balancer(request)
        name, value = request["attributeName"], request["attributeValue"]
        effect = partial(balancer.set_attribute, name, value)
        return self.complete("UpdateLoadBalancerAttribute", balancer, effect=effect)

    def attach_instances_to_load_balancer(self, request: Request) -> list[JsonObject]:
        balancer = self._named_balancer(request)
        return self._start_for_each(request, balancer, balancer.add_instance)

    def detach_instances_from_load_balancer(self, request: Request) -> list[JsonObject]:
        balancer = self._named_balancer(request)
        return self._start_for_each(request, balancer, balancer.remove_instance)

    def _start_for_each(
        self, request: Request, balancer: LoadBalancer, change: Callable[[str], None]
    ) -> list[JsonObject]:
        instances = self.all_named(Instance, request["instanceNames"])
        operations = [
            self.start(
                request.action,
                balancer,
                instance,
                effect=partial(change, instance.name),
                has_zone=False,
            )
            for instance in instances
        ]
        return list(chain.from_iterable(operations))

    def create_load_balancer_tls_certificate(self, request: Request) -> list[JsonObject]:
        balancer = self._named_balancer(request)
        return self._add(self._new_certificate(request), balancer)

    def get_load_balancer_tls_certificates(self, request: Request) -> JsonObject:
        balancer = self.get(LoadBalancer, request["loadBalancerName"])
        return {"tlsCertificates": self.show_all(balancer.certificates)}

    def attach_load_balancer_tls_certificate(self, request: Request) -> list[JsonObject]:
        balancer, certificate = self._named_balancer(request), self._named_certificate(request)
        certificate.check_issued()
        effect = partial(balancer.use_certificate, certificate)
        return self.complete(
            "AttachLoadBalancerTlsCertificate", balancer, certificate, effect=effect
        )

    def delete_load_balancer_tls_certificate(self, request: Request) -> list[JsonObject]:
        balancer, certificate = self._named_balancer(request), self._named_certificate(request)
        return self._start_deleting(certificate, balancer)

    def get_load_balancer_tls_policies(self, request: Request) -> JsonObject:
        return self.page("tlsPolicies", CATALOGUES["tls_policies"], request)

    def _named_balancer(self, request: Request) -> LoadBalancer:
        return self.named(LoadBalancer, request["loadBalancerName"])

    def _named_certificate(self, request: Request) -> LoadBalancerTlsCertificate:
        return self.named(LoadBalancerTlsCertificate, request["certificateName"])

    def _new_certificate(self, request: Request) -> LoadBalancerTlsCertificate:
        name = self.check_free(LoadBalancerTlsCertificate, request["certificateName"])
        members = request.only("loadBalancerName tags")
        if "certificateAlternativeNames" in request:
            members["subjectAlternativeNames"] = request["certificateAlternativeNames"]
        domain_name = request.get("certificateDomainName", "example.com")
        return LoadBalancerTlsCertificate(self, name, domain_name, members)

    def _add(
        self, certificate: LoadBalancerTlsCertificate, balancer: LoadBalancer
    ) -> list[JsonObject]:
        operation_type = "CreateLoadBalancerTlsCertificate"
        return self.complete(operation_type, certificate, balancer, comes=certificate)

    def _start_deleting(
        self, certificate: LoadBalancerTlsCertificate, balancer: LoadBalancer
    ) -> list[JsonObject]:
        return self.start(
            "DeleteLoadBalancerTlsCertificate",
            certificate,
            balancer,
            goes=certificate,
            is_paired=False,
        )
