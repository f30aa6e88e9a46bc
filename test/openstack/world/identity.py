"""identity.py CLOUDS REGION...: projects, users, roles and the catalogue.

Reads the services from stdin, one a line: type, name, user (or -), URL.
May be repeated.  Speaks plain REST, which starts quicker than an SDK.
"""
import json
import sys
import urllib.request

import yaml

USERS = [   # name, project, roles
    ('demo', 'demo', ['member', 'reader']),
    ('alt', 'alt', ['member', 'reader']),
    ('reader', 'demo', ['reader']),
]
SWIFT_ROLES = ['swiftoperator', 'ResellerAdmin']


class Keystone:
    def __init__(self, auth):
        self.url = auth['auth_url']
        self.password = auth['password']
        self.token = None
        self.known = {}
        domain = {'name': 'Default'}
        answer, _ = self.request('POST', '/auth/tokens', {'auth': {
            'identity': {'methods': ['password'], 'password': {'user': {
                'name': auth['username'], 'domain': domain,
                'password': self.password}}},
            'scope': {'project': {'name': auth['project_name'],
                                  'domain': domain}}}})
        self.token = answer.headers['X-Subject-Token']

    def request(self, method, path, body=None):
        headers = {'Content-Type': 'application/json'}
        if self.token:
            headers['X-Auth-Token'] = self.token
        request = urllib.request.Request(
            self.url + path, method=method, headers=headers,
            data=json.dumps(body).encode() if body else None)
        with urllib.request.urlopen(request, timeout=60) as answer:
            content = answer.read()
        return answer, json.loads(content) if content else None

    def ensure(self, collection, body, keys=('name',)):
        """The id of what agrees with the body in these keys; made if missing."""
        if collection not in self.known:
            self.known[collection] = self.request(
                'GET', '/' + collection)[1][collection]
        for item in self.known[collection]:
            if all(item.get(key) == body[key] for key in keys):
                return item['id']
        singular = collection[:-1]
        item = self.request('POST', '/' + collection, {singular: body})[1]
        self.known[collection].append(item[singular])
        return item[singular]['id']

    def role(self, name):
        return self.ensure('roles', {'name': name})

    def user(self, name, project, roles):
        project = self.ensure(
            'projects', {'name': project, 'domain_id': 'default'})
        user = self.ensure('users', {'name': name, 'domain_id': 'default',
                                     'password': self.password})
        for role in roles:
            self.request('PUT', '/projects/%s/users/%s/roles/%s' % (
                project, user, self.role(role)))

    def service(self, kind, name, url, regions):
        service = self.ensure(
            'services', {'type': kind, 'name': name}, ('type', 'name'))
        for region in regions:
            for interface in ('public', 'internal', 'admin'):
                self.ensure('endpoints', {
                    'service_id': service, 'interface': interface,
                    'region_id': region, 'url': url,
                }, ('service_id', 'interface', 'region_id'))


def main():
    with open(sys.argv[1]) as f:
        keystone = Keystone(yaml.safe_load(f)['clouds']['admin']['auth'])
    regions = sys.argv[2:]
    for region in regions:
        keystone.ensure('regions', {'id': region}, ('id',))
    for line in sys.stdin:
        kind, name, user, url = line.split()
        if user != '-':
            keystone.user(user, 'service', ['admin', 'service'])
        keystone.service(kind, name, url, regions)
    for name, project, roles in USERS:
        keystone.user(name, project, roles)
    for name in SWIFT_ROLES:
        keystone.role(name)


if __name__ == '__main__':
    main()
