import ArgumentParser
import AsyncHTTPClient

print("cli")
