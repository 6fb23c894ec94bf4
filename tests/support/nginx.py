"""An nginx configuration that makes an InfluxDB 1 look like an InfluxDB 2 to a writer."""

from pathlib import Path

_TEMPLATE = """
daemon off;
master_process off;
pid {directory}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_max_body_size {body_bytes};
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    map $arg_precision $v1_precision {{ default $arg_precision; us u; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{ return 200 "<!doctype html><title>InfluxDB</title>"; }}
        location = /api/v2/write {{
            default_type application/json;
            if ($http_authorization != "Token {token}") {{
                return 401 '{{"code":"unauthorized","message":"unauthorized access"}}';
            }}
            proxy_set_header Authorization "";
            proxy_pass {upstream}/write?db=$arg_bucket&precision=$v1_precision;
        }}
    }}
}}
"""


def nginx_configuration(
    directory: Path, *, port: int, upstream: str, token: str, body_bytes: int
) -> str:
    """Return the file; nginx keeps what it has to keep in *directory*."""
    return _TEMPLATE.format(
        directory=directory, port=port, upstream=upstream, token=token, body_bytes=body_bytes
    )
