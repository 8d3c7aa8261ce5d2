"""What the tests write of MQTT 3.1.1: strings (1.5.3), and packets with their fixed header (2.2)."""


def string(text):
    return len(text.encode()).to_bytes(2, "big") + text.encode()


def packet(first, rest):
    size, length = len(rest), b""
    while size >= 128:
        length += bytes([size % 128 + 128])
        size //= 128
    return bytes([first]) + length + bytes([size]) + rest
