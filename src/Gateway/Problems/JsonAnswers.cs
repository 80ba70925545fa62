using System.Text.Encodings.Web;
using System.Text.Json;

namespace Sandbox.Gateway.Problems;

/// <summary>How the gateway writes JSON.</summary>
internal static class JsonAnswers
{
    /// <summary>Text is left readable: the answers are never HTML (nosniff), so there is nothing to escape for it.</summary>
    public static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
