"""A real ``mlflow server``: sqlite store, artifacts through the server, on this machine's loopback alone."""

import os
import select
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path


class RealServer:
    """A server on a port of its own that can be killed and started again with the same store."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen | None = None

    @property
    def running(self) -> bool:
        return self._process is not None

    def start(self) -> None:
        store = [f"--backend-store-uri=sqlite:///{self.folder}/server.db", "--serve-artifacts"]
        place = [f"--artifacts-destination={self.folder}/artifacts", "--workers=1"]
        where = [f"--port={self.port}", "--host=127.0.0.1"]
        binaries = str(Path(sys.executable).parent)
        environment = {key: value for key, value in os.environ.items() if not key.startswith("MLFLOW_")}
        environment["PATH"] = f"{binaries}{os.pathsep}{os.environ['PATH']}"
        environment |= {"MLFLOW_DISABLE_TELEMETRY": "true", "OMP_NUM_THREADS": "1"}
        environment["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] = "false"  # starts sooner
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [f"{binaries}/mlflow", "server", *store, *place, *where],
                cwd=self.folder,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,  # its workers end with it
            )
        self._wait()

    def kill(self) -> None:
        """End it at once, as a power cut does."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(timeout=20)
            self._process = None

    def _wait(self) -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until and self._process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/health", timeout=2):
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
        log = (self.folder / "server.log").read_text(encoding="utf-8", errors="replace")
        self.kill()
        raise AssertionError(f"the server did not start:\n{log[-2000:]}")


class Gate(socketserver.ThreadingTCPServer):
    """A way to the server that can be shut and opened at once; a restart of the server takes seconds."""

    daemon_threads = True

    def __init__(self, server: RealServer) -> None:
        super().__init__(("127.0.0.1", 0), _Passage)
        self.beyond = ("127.0.0.1", server.port)
        self.open = True
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Passage(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        if not self.server.open:
            return
        with socket.create_connection(self.server.beyond) as beyond:
            other = {self.request: beyond, beyond: self.request}
            while True:
                ready, _, _ = select.select(list(other), [], [], 0.05)
                if not self.server.open:
                    return
                for end in ready:
                    received = end.recv(65536)
                    if not received:
                        return
                    other[end].sendall(received)
