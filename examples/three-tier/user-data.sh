#!/bin/bash
# Runs once, at the first boot of each web server.
set -euo pipefail

cat > /etc/shop.env <<CONFIG
AWS_REGION=${region}
ORDER_TABLE=${table}
FILE_BUCKET=${bucket}
CONFIG

cat > /opt/site.py <<'SITE'
import http.server
import os
import socket


class Site(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        text = "ok\n" if self.path == "/health" else f"{socket.gethostname()} keeps orders in {os.environ['ORDER_TABLE']}\n"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())


http.server.ThreadingHTTPServer(("", 8080), Site).serve_forever()
SITE

cat > /etc/systemd/system/site.service <<UNIT
[Service]
EnvironmentFile=/etc/shop.env
ExecStart=/usr/bin/python3 /opt/site.py
Restart=always

[Install]
WantedBy=multi-user.target
UNIT

systemctl enable --now site
