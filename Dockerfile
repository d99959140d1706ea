# The daemon in a container: hash-pinned wheels, no compiler, any user, one writable folder.
ARG BASE=python:3.13-slim

FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
# What strips the binaries below; it stays behind.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends binutils && rm -rf /var/lib/apt/lists/*
COPY deploy/requirements-build.lock deploy/requirements-sbom.lock deploy/requirements.lock deploy/
RUN python -m venv /build && python -m venv /sbom \
 && /build/bin/pip install --require-hashes --only-binary :all: -r deploy/requirements-build.lock \
 && /sbom/bin/pip install --require-hashes --only-binary :all: -r deploy/requirements-sbom.lock \
 && python -m venv --without-pip /opt/alerter \
 && /build/bin/pip --python /opt/alerter/bin/python install --require-hashes --only-binary :all: -r deploy/requirements.lock
COPY . .
# What was checked out under a strict umask must still be readable to the user the image runs as.
RUN chmod -R a+rX config \
 && /build/bin/pip wheel --no-deps --no-build-isolation --no-index --wheel-dir /wheels . \
 && /build/bin/pip --python /opt/alerter/bin/python install --no-deps --no-index /wheels/*.whl \
 && sed -i "s/^dynamic = .*/version = \"$(/opt/alerter/bin/python -c 'import alerter; print(alerter.__version__)')\"/" pyproject.toml \
 && /sbom/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
    --output-file /opt/alerter/sbom.cdx.json /opt/alerter/bin/python
# Left behind: what CLDR knows of languages that no catalogue speaks, names in other tongues that nobody is shown, pictures,
# lexers and dialects of SQL that nothing uses, packages' own tests, sources and lists of files, what only a debugger reads.
WORKDIR /opt/alerter
RUN site=$(echo lib/python3*/site-packages) \
 && for file in "$site"/babel/locale-data/*.dat; do \
      code=$(basename "$file" .dat); \
      case $code in root | en) ;; *) test -d "$site/alerter/locale/$code" || rm "$file" ;; esac; \
    done \
 && find lib -type d \( -name __pycache__ -o -path '*/site-packages/*/tests' -o -path '*/site-packages/*/testing' \
      -o -path '*/pydantic/v1' -o -path '*/sqlalchemy/dialects/m?*sql' -o -path '*/sqlalchemy/dialects/oracle' \
      -o -path '*/holidays/locale' -o -path '*/apprise/i18n/??' -o -path '*/apprise/assets/themes' \) \
      -prune -exec rm -r {} + \
 && find lib -type f \( -name '*.py[ixd]' -o -name '*.[ch]' -o -name '*.[ch]pp' -o -name RECORD \
      -o -path '*/pygments/lexers/*.py' ! -name __init__.py ! -name _mapping.py ! -name python.py \) -delete \
 && find lib -type f -name '*.so' -exec strip --strip-unneeded {} + \
 && rm -r include
# All that a start imports is compiled here, Python's own library too, since nothing can be written later; the many rules
# for holidays are only that.
ENV PYTHONPYCACHEPREFIX=/opt/alerter/bytecode
RUN bin/alerter simulate --config /src/config --from 2025-09-01 --until 2025-09-02 >/dev/null \
 && bin/python -c 'import alerter.app, alerter.cli.commands.healthcheck, alerter.cli.running, psycopg' \
 && rm -r bytecode/opt/alerter/lib/python3*/site-packages/holidays \
 && bin/python -m compileall -q -b lib/python3*/site-packages/holidays \
 && find lib -path '*/site-packages/holidays/*.py' -delete

FROM ${BASE}
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="alerter" \
      org.opencontainers.image.description="Tracks deadlines from TOML and tells the right people in time" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

# Any user may run it (docker run --user, OpenShift), so /data is open like /tmp. No program may raise itself to root.
RUN useradd --uid 10001 --gid 0 --no-create-home --home-dir /data --shell /usr/sbin/nologin alerter \
 && install -d -m 1777 -o 10001 -g 0 /data \
 && find / -xdev -type f -perm /6000 -delete
COPY --from=build /opt/alerter /opt/alerter
COPY --from=build /src/config /config

# One DNS try of a second: a dead name server must not outlast a stop.
ENV PATH=/opt/alerter/bin:$PATH \
    HOME=/data \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONPYCACHEPREFIX=/opt/alerter/bytecode \
    PYTHONFAULTHANDLER=1 \
    RES_OPTIONS="timeout:1 attempts:1" \
    ALERTER_CONFIG=/config \
    ALERTER_STORE=sqlite:////data/alerter.db \
    ALERTER_LISTEN=0.0.0.0:8080

USER 10001
WORKDIR /data
VOLUME ["/data"]
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 CMD ["alerter", "healthcheck"]
ENTRYPOINT ["alerter"]
CMD ["run"]
