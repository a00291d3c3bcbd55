import ClewModel
enum OTLPMessage { case traces; init(request: Signal) { self = .traces } }
enum OTLPJSON { static func fromProtobuf(_ b: [UInt8], _ m: OTLPMessage) throws -> [UInt8] { b } }
struct ExportResponse { var rejected: Int64 = 0; init(json: [UInt8], _ signal: Signal) throws {}; init(protobuf: [UInt8]) throws {} }
