import Hummingbird
import JWTKit
import Metrics
import Mustache
import NIOCore
import NIOPosix
import ServiceLifecycle

print("gateway")
