# Two images from one file:
#
#   docker build --target stage   -t stage .      what agents talk to: servers, faults, worlds, the admin API
#   docker build --target harness -t harness .    all of it: `soundstage run`, `check`, `report` ...
#
# `stage` holds no scenario, goal, check or script, and no word of the harness. Whoever runs a command in it as another
# user (10002, say) can read none of its code: /opt/app belongs to the server's group alone. No build feature is used
# that the classic builder lacks. Packages come from wheelhouse/ where that folder exists (examples/ci/wheelhouse.sh
# fills it), otherwise by pip from wherever the build arguments below send it.
ARG BASE_IMAGE=python:3.13-slim
FROM ${BASE_IMAGE} AS base
ENV PYTHONSAFEPATH=1 PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
RUN printf 'app:x:10001:10001::/tmp:/bin/false\nuser:x:10002:10002::/tmp:/bin/sh\n' >> /etc/passwd \
 && printf 'app:x:10001:\nuser:x:10002:\n' >> /etc/group

# --- the stage: what it needs and its own code are layers apart, so that a change of code writes little ---
FROM base AS stage-needs
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG PIP_TRUSTED_HOST
WORKDIR /build
COPY requirements/ wheelhous[e] ./
RUN sh install.sh stage.txt /opt/app && chmod -R u=rwX,g=rX,o= /opt/app

FROM stage-needs AS stage-build
COPY pyproject.toml ./
COPY worlds/ packages/worlds/
COPY fault_injection/ packages/fault_injection/
COPY sandbox_server/ packages/sandbox_server/
RUN sh place.sh packages /opt/app /opt/own

FROM base AS stage
COPY --from=stage-needs --chown=0:10001 /opt/app /opt/app
COPY --from=stage-build --chown=0:10001 /opt/own /opt/app
ARG VERSION=0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Soundstage stage" \
      org.opencontainers.image.description="MCP servers of worlds for testing agents, and the admin API by which their owner directs them" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV HOST=0.0.0.0
USER 10001:10001
WORKDIR /tmp
EXPOSE 8080 8081
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["/opt/app/bin/serve", "--healthy"]
ENTRYPOINT ["/opt/app/bin/serve"]

# --- the harness ---
FROM base AS harness-needs
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG PIP_TRUSTED_HOST
WORKDIR /build
COPY requirements/ wheelhous[e] ./
RUN sh install.sh harness.txt /opt/app

FROM harness-needs AS harness-build
RUN sh install.sh build.txt /opt/build
COPY pyproject.toml README.md LICENSE soundstage.py source/
COPY worlds/ source/worlds/
COPY fault_injection/ source/fault_injection/
COPY sandbox_server/ source/sandbox_server/
COPY harness/ source/harness/
RUN /opt/build/bin/python -m pip wheel --no-deps --no-build-isolation --no-cache-dir -w built ./source \
 && /opt/build/bin/python -m pip --python /opt/app/bin/python install --no-deps --no-index --no-cache-dir --root /opt/own built/*.whl

FROM base AS harness
COPY --from=harness-needs /opt/app /opt/app
COPY --from=harness-build /opt/own/opt/app /opt/app
ARG VERSION=0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Soundstage" \
      org.opencontainers.image.description="Runs agents through worlds of MCP servers, and judges what they did there" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV PATH=/opt/app/bin:$PATH HOME=/tmp
USER 10001:10001
WORKDIR /work
ENTRYPOINT ["soundstage"]

# What is built when nobody says which: the image that agents may meet.
FROM stage
