// The manifests for Kubernetes: compiled against its own types, and judged by what the restricted Pod Security profile asks
// (https://kubernetes.io/docs/concepts/security/pod-security-standards/).

import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadAll } from 'js-yaml';
import type { Deployment } from 'kubernetes-types/apps/v1.d.ts';
import type { Job } from 'kubernetes-types/batch/v1.d.ts';
import type { PodSpec, Service } from 'kubernetes-types/core/v1.d.ts';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { duration } from '../../src/config/value.ts';
import { LIMITS } from '../../src/core/limits.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'deploy/kubernetes');
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));

type Manifest = (Deployment | Job | Service) & {
  readonly kind: string;
  readonly apiVersion: string;
};

const read = (name: string): string => readFileSync(join(FOLDER, name), 'utf8');
const manifests = FILES.flatMap((name) => loadAll(read(name)) as Manifest[]);
const podOf = (manifest: Manifest): PodSpec | undefined =>
  'spec' in manifest && manifest.spec && 'template' in manifest.spec
    ? manifest.spec.template.spec
    : undefined;
const pods = manifests.flatMap((it) => podOf(it) ?? []);
const find = <T extends Manifest>(kind: string, name: string): T =>
  manifests.find((it) => it.kind === kind && it.metadata?.name === name) as T;

/** What the compiler objects to when the manifests are given the types of their kinds. */
function objections(all: readonly Manifest[]): readonly string[] {
  const text = all
    .map(({ apiVersion, kind, ...rest }, index) => {
      const [group = '', version = ''] = apiVersion.includes('/')
        ? apiVersion.split('/')
        : ['core', apiVersion];
      const module = `kubernetes-types/${group.replace(/\.k8s\.io$/, '')}/${version}`;
      return `export const m${index}: import('${module}').${kind} = ${JSON.stringify({ apiVersion, kind, ...rest })};`;
    })
    .join('\n');
  const name = join(ROOT, 'test/deploy/manifests.generated.ts');
  const options = { strict: true, noEmit: true, skipLibCheck: true, types: [] };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => path === name || fileExists(path);
  host.readFile = (path) => (path === name ? text : readFile(path));
  host.getSourceFile = (path, target, ...more) =>
    path === name ? ts.createSourceFile(path, text, target) : getSourceFile(path, target, ...more);
  const program = ts.createProgram(
    [name],
    { ...options, moduleResolution: ts.ModuleResolutionKind.Bundler, module: ts.ModuleKind.ESNext },
    host,
  );
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

/** What the restricted profile objects to. */
function violations(pod: PodSpec): readonly string[] {
  const found: string[] = [];
  const mustNot = (is: unknown, what: string): void => {
    if (is) found.push(what);
  };
  mustNot(pod.hostNetwork || pod.hostPID || pod.hostIPC, 'shares namespaces of the host');
  mustNot(pod.securityContext?.runAsNonRoot !== true, 'may run as root');
  mustNot(
    pod.securityContext?.seccompProfile?.type !== 'RuntimeDefault',
    'filters no system calls',
  );
  const allowed = [
    'name',
    'configMap',
    'csi',
    'downwardAPI',
    'emptyDir',
    'ephemeral',
    'persistentVolumeClaim',
    'projected',
    'secret',
  ];
  const kinds = (pod.volumes ?? []).flatMap((volume) => Object.keys(volume));
  mustNot(
    kinds.some((kind) => !allowed.includes(kind)),
    'mounts what it may not',
  );
  for (const { securityContext: context, ports } of [
    ...pod.containers,
    ...(pod.initContainers ?? []),
  ]) {
    mustNot(context?.privileged, 'is privileged');
    mustNot(context?.allowPrivilegeEscalation !== false, 'may gain privileges');
    mustNot(context?.capabilities?.drop?.join() !== 'ALL', 'keeps capabilities');
    mustNot(context?.capabilities?.add?.length, 'adds capabilities');
    mustNot(context?.runAsUser === 0, 'runs as root');
    mustNot(
      ports?.some(({ hostPort }) => hostPort),
      'takes a port of the host',
    );
  }
  return found;
}

const millis = (text: string): number => Number(duration(0, 1e12).schema().parse(text));
const environment = (pod: PodSpec): ReadonlyMap<string, string> =>
  new Map(
    pod.containers.flatMap(({ env = [] }) => env.map(({ name, value = '' }) => [name, value])),
  );

describe('the manifests', () => {
  it('are as Kubernetes’ own types say', () => {
    expect(manifests.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['Deployment', 'Job']),
    );
    expect(objections(manifests)).toEqual([]);
    const misspelt = structuredClone(
      find<Deployment & Manifest>('Deployment', 'flowforge'),
    ) as Manifest;
    Object.assign(podOf(misspelt)?.containers[0] ?? {}, { livenesProbe: {}, image: 3 });
    expect(objections([misspelt]).join()).toMatch(/livenesProbe|number/);
  });

  it('keep to the restricted profile, with a root that is read-only', () => {
    expect(pods).toHaveLength(2);
    for (const pod of pods) {
      expect(violations(pod)).toEqual([]);
      for (const { securityContext, resources } of pod.containers) {
        expect(securityContext?.readOnlyRootFilesystem).toBe(true);
        expect(resources).toMatchObject({
          limits: { memory: expect.stringMatching(/Mi|Gi/) },
          requests: { cpu: expect.any(String) },
        });
      }
    }
    expect(
      violations({
        containers: [{ name: 'bare' }],
        hostPID: true,
        volumes: [{ name: 'x', hostPath: { path: '/' } }],
      }),
    ).toHaveLength(6);
  });

  it('mount every volume that they declare, and declare every one that they mount', () => {
    for (const { volumes = [], containers } of pods) {
      const mounted = containers.flatMap(({ volumeMounts = [] }) =>
        volumeMounts.map(({ name }) => name),
      );
      expect(new Set(mounted)).toEqual(new Set(volumes.map(({ name }) => name)));
      expect(volumes.find(({ name }) => name === 'tmp')?.emptyDir?.sizeLimit).toBeDefined();
      const claims = volumes.flatMap(({ persistentVolumeClaim: claim }) => claim?.claimName ?? []);
      for (const claim of claims) expect(find('PersistentVolumeClaim', claim)).toBeDefined();
    }
  });

  it('leave time for the grace and what follows it', () => {
    const image = 7_000;
    for (const pod of pods) {
      const grace = environment(pod).get('FLOWFORGE_GRACE');
      const needsMs =
        (grace === undefined ? image : millis(grace)) + LIMITS.emptyWaitMs + LIMITS.drainMs;
      expect((pod.terminationGracePeriodSeconds ?? 0) * 1_000).toBeGreaterThan(needsMs);
    }
  });

  it('keep out what Kubernetes would put into our variables, and the token of its API', () => {
    for (const { enableServiceLinks, automountServiceAccountToken, securityContext } of pods) {
      expect([enableServiceLinks, automountServiceAccountToken]).toEqual([false, false]);
      expect(securityContext).toMatchObject({
        runAsUser: 65532,
        fsGroup: 65532,
        fsGroupChangePolicy: 'OnRootMismatch',
      });
    }
    for (const [name, value] of pods.flatMap((pod) => [...environment(pod)])) {
      if (/KEY/.test(name))
        expect([name, value]).toEqual([
          expect.stringMatching(/_FILE$/),
          expect.stringMatching(/^\/run\/secrets\/flowforge\//),
        ]);
    }
  });
});

describe('the deployment', () => {
  const deployment = find<Deployment & Manifest>('Deployment', 'flowforge');
  const pod = podOf(deployment) as PodSpec;

  it('is probed where the API answers', () => {
    const [container] = pod.containers;
    const paths = [
      container?.startupProbe,
      container?.livenessProbe,
      container?.readinessProbe,
    ].map((probe) => probe?.httpGet);
    expect(paths).toEqual(
      ['/healthz', '/healthz', '/readyz'].map((path) => ({ path, port: 'http' })),
    );
    expect(deployment.spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
  });

  it('answers to the names of its service', () => {
    const service = find<Service & Manifest>('Service', 'flowforge');
    expect(service.spec?.selector).toEqual(deployment.spec?.template.metadata?.labels);
    const names = environment(pod).get('FLOWFORGE_HOST_NAMES')?.split(',');
    const whole = `flowforge.${service.metadata?.namespace}.svc.cluster.local`;
    expect(names).toEqual(expect.arrayContaining(['flowforge', whole]));
  });
});

describe('the guarded job', () => {
  it('is not tried again when FlowForge has stopped it', () => {
    const { spec } = find<Job & Manifest>('Job', 'nightly');
    expect(spec?.podFailurePolicy?.rules[0]).toEqual({
      action: 'FailJob',
      onExitCodes: { operator: 'In', values: [124] },
    });
    expect(spec?.template.spec?.restartPolicy).toBe('Never');
    expect(spec?.template.spec?.containers[0]?.command?.slice(0, 2)).toEqual(['flowforge', 'run']);
    expect(read('guarded-job.Dockerfile')).toContain(
      'COPY --from=flowforge:slim /usr/local /usr/local',
    );
  });

  it('has the grace of our images also where nobody sets one', () => {
    const [, grace] =
      /^grace: (\w+)$/m.exec(readFileSync(join(ROOT, 'deploy/container/flowforge.yaml'), 'utf8')) ??
      [];
    expect(grace).toMatch(/^\d+s$/);
    for (const file of ['deploy/kubernetes/guarded-job.Dockerfile', 'docs/operations.md']) {
      expect(readFileSync(join(ROOT, file), 'utf8')).toContain(`\nENV FLOWFORGE_GRACE=${grace}\n`);
    }
  });
});
