# syntax=docker/dockerfile:1
FROM python:3.11.14-slim-bookworm AS build
COPY requirements.txt requirements-s3.txt /tmp/
ENV PIP_NO_CACHE_DIR=1 PIP_NO_DEPS=1 PIP_ONLY_BINARY=:all: PIP_REQUIRE_HASHES=1
RUN python -m venv /opt/venv && /opt/venv/bin/pip install -r /tmp/requirements.txt
# A bucket that is named brings what it needs along.
ARG S3_BUCKET=""
RUN test -z "$S3_BUCKET" || /opt/venv/bin/pip install -r /tmp/requirements-s3.txt

FROM python:3.11.14-slim-bookworm AS run
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    OPENBLAS_NUM_THREADS=1 \
    LUMENBOARD_DATA_DIR=/data
RUN useradd --system --uid 10001 --home-dir /data --create-home --shell /usr/sbin/nologin lumenboard
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY manage.py ./
COPY lumenboard lumenboard
COPY arena arena
COPY providers providers
COPY templates templates
COPY static static
COPY docs docs
COPY CONTRIBUTING.md ./
USER lumenboard
EXPOSE 8000
CMD ["granian", "--interface", "rsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--backlog", "2048", "--backpressure", "2048", "--loop", "uvloop", "--no-ws", "--respawn-failed-workers", "--workers-kill-timeout", "320", "lumenboard.rsgi:application"]
