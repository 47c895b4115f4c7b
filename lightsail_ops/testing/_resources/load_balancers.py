"""Load balancers, their instances and their certificates."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from lightsail_ops.testing._catalogue import CATALOGUES
from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing._resources.backend import (
    Action,
    ResourceBackend,
    all_of,
    check_names,
    completes,
    creates,
    lists,
    shows,
)
from lightsail_ops.testing._resources.base import Request, Resource
from lightsail_ops.testing._resources.certificates import LoadBalancerTlsCertificate
from lightsail_ops.testing._resources.instances import Instance

_ATTRIBUTES = {  # the members that are called otherwise than the attribute
    "HealthCheckPath": "healthCheckPath",
    "HttpsRedirectionEnabled": "httpsRedirectionEnabled",
    "TlsPolicyName": "tlsPolicyName",
}


class LoadBalancer(Resource):
    """A load balancer."""

    kind = "LoadBalancer"
    named_by = "loadBalancerName"
    written = "instancePort healthCheckPath ipAddressType tlsPolicyName"
    new_states = ("provisioning", "active")
    support = "arn:aws:elasticloadbalancing:loadbalancer/app/{id}"

    def __init__(self, backend: ResourceBackend, request: Request) -> None:
        super().__init__(backend, request)
        self.instance_names: list[str] = []

    @property
    def certificates(self) -> list[LoadBalancerTlsCertificate]:
        """Its certificates, the oldest first."""
        every = self.backend.all(LoadBalancerTlsCertificate)
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
        unused = {"instanceHealth": "unused", "instanceHealthReason": "Instance.InvalidState"}
        instances = {each.name: each for each in self.backend.all(Instance)}
        return [
            {"instanceName": name, "instanceHealth": "healthy"}
            | ({} if instances[name].is_running else unused)
            for name in self.instance_names
            if name in instances
        ]

    def add_instance(self, name: str) -> None:
        self.instance_names = [*(each for each in self.instance_names if each != name), name]

    def remove_instance(self, name: str) -> None:
        self.instance_names = [each for each in self.instance_names if each != name]

    def use_certificate(self, certificate: LoadBalancerTlsCertificate) -> None:
        for each in self.certificates:
            each.is_attached = each is certificate

    def set_attribute(self, request: Request) -> None:
        name, value = request["attributeName"], request["attributeValue"]
        if name not in _ATTRIBUTES:
            self.members["configurationOptions"] |= {name: value}
        else:
            is_flag = name.endswith("Enabled")
            self.members[_ATTRIBUTES[name]] = value.lower() == "true" if is_flag else value


class LoadBalancerBackend(ResourceBackend):
    """The actions on load balancers and their certificates."""

    get_load_balancer: Action = shows(LoadBalancer, "loadBalancer")
    get_load_balancers: Action = lists(LoadBalancer, "loadBalancers")
    update_load_balancer_attribute: Action = completes(LoadBalancer, LoadBalancer.set_attribute)
    create_load_balancer_tls_certificate: Action = creates(LoadBalancerTlsCertificate, LoadBalancer)

    def create_load_balancer(self, request: Request) -> JsonObject:
        balancer = LoadBalancer(self, request)
        if "certificateName" not in request:
            return self.create(balancer)
        certificate = LoadBalancerTlsCertificate(self, request)
        operations = self.start("CreateLoadBalancer", balancer, comes=balancer)
        action = "CreateLoadBalancerTlsCertificate"
        return all_of(operations, self.complete(action, certificate, balancer, comes=certificate))

    def delete_load_balancer(self, request: Request) -> JsonObject:
        balancer = self._balancer_in(request)
        certificates = balancer.certificates
        operations = self.complete("DeleteLoadBalancer", balancer, goes=balancer)
        return all_of(operations, *(self._start_deleting(each, balancer) for each in certificates))

    def attach_instances_to_load_balancer(self, request: Request) -> JsonObject:
        balancer = self._balancer_in(request)
        return self._start_for_each(request, balancer, balancer.add_instance)

    def detach_instances_from_load_balancer(self, request: Request) -> JsonObject:
        balancer = self._balancer_in(request)
        return self._start_for_each(request, balancer, balancer.remove_instance)

    def _start_for_each(
        self, request: Request, balancer: LoadBalancer, change: Callable[[str], None]
    ) -> JsonObject:
        names = check_names(request["instanceNames"])
        instances = [self.named(Instance, name) for name in names]
        start = partial(self.start, request.action, balancer, has_zone=False)
        return all_of(*(start(each, effect=partial(change, each.name)) for each in instances))

    def get_load_balancer_tls_certificates(self, request: Request) -> JsonObject:
        balancer = self.get(LoadBalancer, request["loadBalancerName"])
        return {"tlsCertificates": self.show_all(balancer.certificates)}

    def attach_load_balancer_tls_certificate(self, request: Request) -> JsonObject:
        balancer, certificate = self._balancer_in(request), self._certificate_in(request)
        certificate.check_issued()
        effect = partial(balancer.use_certificate, certificate)
        return all_of(self.complete(request.action, balancer, certificate, effect=effect))

    def delete_load_balancer_tls_certificate(self, request: Request) -> JsonObject:
        balancer, certificate = self._balancer_in(request), self._certificate_in(request)
        return all_of(self._start_deleting(certificate, balancer))

    def get_load_balancer_tls_policies(self, request: Request) -> JsonObject:
        return self.page("tlsPolicies", CATALOGUES["tls_policies"], request)

    def _balancer_in(self, request: Request) -> LoadBalancer:
        return self.named(LoadBalancer, request["loadBalancerName"])

    def _certificate_in(self, request: Request) -> LoadBalancerTlsCertificate:
        return self.named(LoadBalancerTlsCertificate, request["certificateName"])

    def _start_deleting(
        self, certificate: LoadBalancerTlsCertificate, balancer: LoadBalancer
    ) -> list[JsonObject]:
        action = "DeleteLoadBalancerTlsCertificate"
        return self.start(action, certificate, balancer, goes=certificate, is_paired=False)
