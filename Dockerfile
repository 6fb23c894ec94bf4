# docker build -t trio-ingest .
# docker run -v trio-ingest:/var/lib/trio-ingest -e HA_HTTP_URL=... -e HA_TOKEN=... trio-ingest
#
# The environment alone is enough; with a file, mount it and say `run --config /path/to/trio-ingest.toml`.
# `docker stop` ends the daemon in order, `docker kill -s HUP` reloads its configuration.
ARG PYTHON=3.13-slim-bookworm

FROM docker.io/library/python:${PYTHON} AS build
WORKDIR /source
COPY constraints.txt LICENSE README.md pyproject.toml ./
COPY trio_ingest trio_ingest
COPY systemd systemd
RUN python -m venv /opt/trio-ingest \
    && /opt/trio-ingest/bin/pip install --no-cache-dir -c constraints.txt .

FROM docker.io/library/python:${PYTHON}
COPY --from=build /opt/trio-ingest /opt/trio-ingest
RUN install -d -m 0700 -o 10001 -g 10001 /var/lib/trio-ingest
ENV PATH=/opt/trio-ingest/bin:$PATH \
    STATE_DIRECTORY=/var/lib/trio-ingest
USER 10001:10001
WORKDIR /var/lib/trio-ingest
VOLUME /var/lib/trio-ingest
ENTRYPOINT ["trio-ingest"]
CMD ["run"]
