"""A simulated provider on a real socket, and a shop whose app is hooked: nothing in between."""

from __future__ import annotations

import socket
import threading
from types import TracebackType

from pos_guard.links.session import CloseApp, ToApp
from pos_guard_simulator.provider_twin import ProviderTwin


class TwinServer:
    """Serves one twin, one connection at a time. ``port``: where.

    ``accepted`` counts connections; with ``one_a_connection`` each ends with its first answer.
    """

    def __init__(self, twin: ProviderTwin, host: str = "127.0.0.1", port: int = 0) -> None:
        self.twin = twin
        self.accepted = 0
        self.one_a_connection = False
        self._socket = socket.create_server((host, port))
        self._socket.settimeout(10)
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._open = True

    def __enter__(self) -> TwinServer:
        """Begin to serve."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop: the last accept is ended by a connection of ours."""
        self._open = False
        socket.create_connection(self._socket.getsockname()).close()
        self._thread.join(10)
        self._socket.close()

    def _serve(self) -> None:
        while self._open:
            connection, _ = self._socket.accept()
            self.accepted += 1
            with connection:
                connection.settimeout(10)
                self.twin.connected()
                self._talk(connection)
                self.twin.closed()

    def _talk(self, connection: socket.socket) -> None:
        while data := connection.recv(65_536):
            before = len(self.twin.heard)
            effects = self.twin.data(data)
            for effect in effects:
                if isinstance(effect, ToApp):
                    connection.sendall(effect.data)
            # A silent provider hangs up here, so that no test waits for a time-out.
            silent = len(self.twin.heard) > before and not effects
            answered = self.one_a_connection and bool(effects)
            if silent or answered or any(isinstance(effect, CloseApp) for effect in effects):
                return
