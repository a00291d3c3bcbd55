import ClewModel
enum OTLPJSON { static func fromProtobuf(_ b: [UInt8], signal: Signal) throws -> [UInt8] { b } }
struct ExportResponse { var rejected: Int64 = 0; init(json: [UInt8], signal: Signal) throws {}; init(protobuf: [UInt8]) throws {} }
