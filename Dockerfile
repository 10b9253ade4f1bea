# The images of FlowForge.
#   docker build -t flowforge .                        a guard with Python and a shell in which it can run something
#   docker build -t flowforge:slim --target slim .     the guard alone, to copy into an image of your own
# docs/operations.md, section "Container", says how they are run.

ARG NODE_IMAGE=docker.io/library/node:24-bookworm-slim
ARG BASE_IMAGE=docker.io/library/debian:bookworm-slim
# As package.json says; a label cannot read it.
ARG VERSION=2.0.0-alpha.1

# --- FlowForge with the Node that runs it, below /flowforge: nothing in it depends on where it is put
FROM ${NODE_IMAGE} AS build
# Whoever must trust more than the usual certificates names a file here; neither reaches the image.
ARG NPM_CONFIG_CAFILE
ARG NODE_EXTRA_CA_CERTS
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node --disable-warning=ExperimentalWarning scripts/build.ts \
  && sh native/launcher/build.sh /flowforge/bin \
  && npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
  && mkdir -p /flowforge/lib/flowforge/docs \
  && cp -r dist demo package.json LICENSE node_modules /flowforge/lib/flowforge/ \
  && cp docs/flowforge.schema.json /flowforge/lib/flowforge/docs/ \
  && cp "$(node -p process.execPath)" /flowforge/lib/flowforge/node \
  && licence=$(node -p 'path.resolve(process.execPath, "../../LICENSE")') \
  && if [ -f "$licence" ]; then cp "$licence" /flowforge/lib/flowforge/LICENSE.node; fi \
  && rm -rf /flowforge/lib/flowforge/dist/*.map
# Whoever runs these two may not read them: the kernel then keeps the memory and the environment of such a process, with
# the keys in it, from other processes of the same user, such as the commands under guard.
RUN chmod 0711 /flowforge/bin/flowforge /flowforge/lib/flowforge/node
# What Node links with, and the user, for an image that has nothing else.
RUN mkdir -p /root-of-slim/etc /root-of-slim/tmp /root-of-slim/data /root-of-slim/work \
  && ldd /flowforge/lib/flowforge/node | grep -o '/[^ ]*' | xargs cp -L --parents -t /root-of-slim \
  && echo 'root:x:0:0:root:/:/sbin/nologin' >/root-of-slim/etc/passwd \
  && echo 'flowforge:x:65532:65532:FlowForge:/data:/sbin/nologin' >>/root-of-slim/etc/passwd \
  && echo 'root:x:0:' >/root-of-slim/etc/group && echo 'flowforge:x:65532:' >>/root-of-slim/etc/group \
  && chmod 1777 /root-of-slim/tmp && chmod 700 /root-of-slim/data \
  && chown 65532:65532 /root-of-slim/data /root-of-slim/work

# --- the guard alone
FROM scratch AS slim
COPY --from=build /root-of-slim /
COPY --from=build /flowforge /usr/local
COPY deploy/container/flowforge.yaml /etc/flowforge/flowforge.yaml
ARG VERSION
ARG REVISION=unknown CREATED=unknown SOURCE=unknown
LABEL org.opencontainers.image.title="FlowForge (slim)" \
  org.opencontainers.image.description="The guard alone, to copy into an image of your own" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}" \
  org.opencontainers.image.created="${CREATED}" \
  org.opencontainers.image.source="${SOURCE}"
ENV FLOWFORGE_BIND_HOST=0.0.0.0 XDG_STATE_HOME=/data
WORKDIR /work
USER 65532:65532
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["flowforge", "status", "--ready"]
ENTRYPOINT ["flowforge"]
CMD ["serve"]

# --- the guard with something to run
FROM ${BASE_IMAGE}
RUN apt-get update && apt-get install -y --no-install-recommends python3 \
  && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/cache/ldconfig /var/log/* \
  && groupadd --gid 65532 flowforge \
  && useradd --uid 65532 --gid 65532 --home-dir /data --no-create-home --shell /usr/sbin/nologin flowforge \
  && install -d -o 65532 -g 65532 -m 0700 /data && install -d -o 65532 -g 65532 /work
COPY --from=build /flowforge /usr/local
COPY deploy/container/flowforge.yaml /etc/flowforge/flowforge.yaml
ARG BASE_IMAGE
ARG VERSION
ARG REVISION=unknown CREATED=unknown SOURCE=unknown
LABEL org.opencontainers.image.title="FlowForge" \
  org.opencontainers.image.description="Guards long-running commands and AI-agent jobs: watches, recognises a runaway, stops it, keeps the evidence" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}" \
  org.opencontainers.image.created="${CREATED}" \
  org.opencontainers.image.source="${SOURCE}" \
  org.opencontainers.image.base.name="${BASE_IMAGE}"
ENV FLOWFORGE_BIND_HOST=0.0.0.0 XDG_STATE_HOME=/data
WORKDIR /work
USER 65532:65532
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["flowforge", "status", "--ready"]
ENTRYPOINT ["flowforge"]
CMD ["serve"]
