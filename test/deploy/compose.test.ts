// The composition of guard, Prometheus and Grafana: judged by the tool where it is installed, and by what its parts need of
// each other.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { VARIABLES } from '../../src/config/environment.ts';
import { VERSION } from '../../src/version.ts';

const DEPLOY = resolve(import.meta.dirname, '../../deploy');
const FILE = join(DEPLOY, 'compose.yaml');
const hasCompose = spawnSync('docker-compose', ['version']).status === 0;

interface ComposedService {
  readonly image: string;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly (string | { readonly source: string; readonly target: string })[];
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly [key: string]: unknown;
}

const read = (path: string): unknown => load(readFileSync(join(DEPLOY, path), 'utf8'));
const composition = read('compose.yaml') as {
  readonly services: Readonly<Record<'flowforge' | 'prometheus' | 'grafana', ComposedService>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const { flowforge, prometheus, grafana } = composition.services;
const services = Object.values(composition.services);
/** Where the files of the host are mounted, by their target. */
const mountsOf = ({ volumes = [] }: ComposedService): ReadonlyMap<string, string> =>
  new Map(volumes.map((volume) => volume.split(':')).map(([from = '', to = '']) => [to, from]));

describe.skipIf(!hasCompose)('docker-compose', () => {
  it('understands it', () => {
    const { status, stderr } = spawnSync('docker-compose', ['-f', FILE, 'config', '-q'], {
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

describe('the composition', () => {
  it('pins what it runs, drops what it need not have, and is reached from this host only', () => {
    for (const { image, cap_drop, security_opt, ports = [] } of services) {
      expect(image).toMatch(/:v?\d+\.\d+\.\d+/);
      expect([cap_drop, security_opt]).toEqual([['ALL'], ['no-new-privileges:true']]);
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:(\d+):\1$/);
    }
    expect(flowforge.image).toBe(`flowforge:${VERSION}`);
  });

  it('gives the guard the flags of the guide', () => {
    expect(flowforge).toMatchObject({ read_only: true, tmpfs: ['/tmp:rw,noexec,nosuid,size=64m'] });
    expect(
      Object.keys(flowforge.environment ?? {}).filter((name) => !VARIABLES.includes(name)),
    ).toEqual([]);
  });

  it.each(services)(
    'mounts files that there are, and volumes that are declared: $image',
    (service) => {
      for (const from of mountsOf(service).values()) {
        const isThere = from.startsWith('.')
          ? existsSync(join(DEPLOY, from))
          : from in composition.volumes;
        expect([from, isThere]).toEqual([from, true]);
      }
    },
  );

  it.each(services)('takes secrets from files, and holds none: $image', (service) => {
    const names = (service.secrets ?? []).map((it) => (typeof it === 'string' ? it : it.source));
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) {
      expect(composition.secrets[name]?.file).toBe(`./secrets/${name}`);
    }
    const secret = Object.entries(service.environment ?? {}).filter(([name]) =>
      /KEY|PASSWORD/.test(name),
    );
    for (const [name, value] of secret) {
      expect(name).toMatch(/_FILE$/);
      expect(value).toMatch(/^\/run\/secrets\//);
    }
  });

  it('lets Prometheus reach the guard by a name that it answers to, with a key where the configuration looks', () => {
    const {
      scrape_configs: [scrape],
      rule_files,
    } = read('prometheus/prometheus.yml') as {
      scrape_configs: {
        static_configs: { targets: string[] }[];
        authorization: { credentials_file: string };
      }[];
      rule_files: string[];
    };
    const [host, port] = scrape?.static_configs[0]?.targets[0]?.split(':') ?? [];
    expect(composition.services).toHaveProperty(host ?? '');
    expect(flowforge.environment?.['FLOWFORGE_HOST_NAMES']?.split(',')).toContain(host);
    expect(flowforge.ports).toEqual([`127.0.0.1:${port}:8080`]);
    const folder = '/etc/prometheus';
    expect(prometheus['command']).toContain(`--config.file=${folder}/prometheus.yml`);
    expect(prometheus.secrets).toEqual([
      { source: 'prometheus-key', target: `${folder}/${scrape?.authorization.credentials_file}` },
    ]);
    for (const file of ['prometheus.yml', ...rule_files]) {
      expect(mountsOf(prometheus).get(`${folder}/${file}`)).toBe(`./prometheus/${file}`);
    }
  });

  it('lets Grafana find its source and its dashboard', () => {
    const {
      datasources: [source],
    } = read('grafana/provisioning/datasources/prometheus.yml') as {
      datasources: { url: string }[];
    };
    expect(source?.url).toBe('http://prometheus:9090');
    expect(prometheus.ports).toEqual(['127.0.0.1:9090:9090']);
    const {
      providers: [provider],
    } = read('grafana/provisioning/dashboards/flowforge.yml') as {
      providers: { options: { path: string } }[];
    };
    const from = mountsOf(grafana).get(provider?.options.path ?? '');
    expect(existsSync(join(DEPLOY, from ?? '', 'flowforge.json'))).toBe(true);
    expect(mountsOf(grafana).get('/etc/grafana/provisioning')).toBe('./grafana/provisioning');
  });
});
