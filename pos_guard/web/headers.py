"""Headers of every page: nothing from elsewhere, nothing inline, nobody may frame it."""

from __future__ import annotations

from collections.abc import Mapping

POLICY = "; ".join(
    [
        "default-src 'self'",
        # Pictures that a person has chosen are shown before they are sent.
        "img-src 'self' blob: data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    ]
)
"""Content-Security-Policy. No inline script or style runs; no script writes HTML."""

PAGE_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Cache-Control": "no-store",
}
