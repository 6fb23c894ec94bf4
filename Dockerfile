# docker build -t trio-ingest .
# docker run -v trio-ingest:/var/lib/trio-ingest -e HA_HTTP_URL=... -e HA_TOKEN=... trio-ingest
#
# The environment alone is enough; a file is read from /etc/trio-ingest. docs/docker.md has it all.
ARG PYTHON=3.13-slim-bookworm

FROM docker.io/library/python:${PYTHON} AS build
WORKDIR /source
COPY constraints.txt LICENSE README.md pyproject.toml ./
COPY trio_ingest trio_ingest
COPY systemd systemd
RUN python -m venv /opt/trio-ingest \
    && /opt/trio-ingest/bin/pip install --no-cache-dir -c constraints.txt '.[nkeys]' \
    && /opt/trio-ingest/bin/pip uninstall -y pip

FROM docker.io/library/python:${PYTHON}
RUN install -d -m 0700 -o 10001 -g 10001 /var/lib/trio-ingest
COPY --from=build /opt/trio-ingest /opt/trio-ingest
ENV PATH=/opt/trio-ingest/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    STATE_DIRECTORY=/var/lib/trio-ingest \
    TRIO_INGEST_ADMIN_LISTEN=0.0.0.0:8099
USER 10001:10001
WORKDIR /var/lib/trio-ingest
VOLUME /var/lib/trio-ingest
EXPOSE 8099
HEALTHCHECK --interval=30s --timeout=10s --start-period=20s CMD ["trio-ingest", "health"]
ENTRYPOINT ["trio-ingest"]
CMD ["run"]
# What /health says of the build; last, since it is another one each time.
ARG GIT_SHA=""
ARG BUILD_TIME=""
ENV TRIO_INGEST_GIT_SHA=${GIT_SHA} \
    TRIO_INGEST_BUILD_TIME=${BUILD_TIME}
LABEL org.opencontainers.image.title="trio-ingest" \
      org.opencontainers.image.description="Records a Home Assistant home into a time-series database and loses nothing on the way." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.revision="${GIT_SHA}" \
      org.opencontainers.image.created="${BUILD_TIME}"
