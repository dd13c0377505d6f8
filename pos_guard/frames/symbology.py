"""Names of bar code symbologies, as the scanner API and the checks use them."""

from __future__ import annotations

from enum import StrEnum


class Symbology(StrEnum):
    """The kind of symbol that a code was read from."""

    EAN13 = "ean13"
    EAN8 = "ean8"
    UPC_A = "upca"
    UPC_E = "upce"
    EAN = "ean"
    """EAN or UPC, the scanner does not say which."""
    CODE128 = "code128"
    GS1_128 = "gs1-128"
    CODE39 = "code39"
    CODE93 = "code93"
    CODE11 = "code11"
    CODABAR = "codabar"
    ITF = "itf"
    D2OF5 = "d2of5"
    IATA = "iata"
    MSI = "msi"
    DATABAR = "databar"
    PDF417 = "pdf417"
    MICRO_PDF417 = "micropdf417"
    QR = "qr"
    GS1_QR = "gs1-qr"
    MICRO_QR = "microqr"
    DATA_MATRIX = "datamatrix"
    GS1_DATA_MATRIX = "gs1-datamatrix"
    AZTEC = "aztec"
    MAXICODE = "maxicode"
    HAN_XIN = "hanxin"
    OTHER = "other"
    """Known to the scanner, without a name here."""
