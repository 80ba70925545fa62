using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Orleans.Configuration;
using Sandbox.Silo.Faults;
using Sandbox.Silo.Hosting;
using Sandbox.Silo.Pool;

namespace Sandbox.Silo.Tests.Hosting;

/// <summary>docs/configuration.md has every setting, with the default and the range that the server goes by.</summary>
public sealed partial class ConfigurationDocumentTests
{
    // Faults are for tests alone, and Orleans' documentation has what "Grains" takes.
    private static readonly Dictionary<Type, string> _sections = SettingNames.Sections
        .Where(section => section.Value != typeof(FaultOptions) && section.Value != typeof(GrainCollectionOptions))
        .Select(section => (Type: section.Value, Prefix: section.Key + ":"))
        .Append((Type: typeof(ServerOptions), Prefix: ""))
        .ToDictionary(section => section.Type, section => section.Prefix);

    [Fact]
    public void Every_setting_is_there_with_its_default_and_its_range()
    {
        var rows = Rows();
        var wrong = new List<string>();
        foreach (var setting in _sections.SelectMany(section => Settings(section.Key, section.Value)))
        {
            if (!rows.Remove(setting.Key, out var row)) wrong.Add($"missing: | `{setting.Key}` | {setting.Default} | {setting.Range} | |");
            else if (row.Default != setting.Default) wrong.Add($"{setting.Key}: the default is {setting.Default}, and the document says {row.Default}");
            else if (!row.Range.Contains(setting.Range, StringComparison.Ordinal)) wrong.Add($"{setting.Key}: the range is {setting.Range}, and the document says {row.Range}");
            else if (row.What.Length == 0) wrong.Add($"{setting.Key}: the document does not say what it is");
        }

        wrong.AddRange(rows.Keys.Select(key => $"there is no setting {key}"));
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void No_kind_of_settings_is_left_out()
    {
        var reached = new HashSet<Type>();
        foreach (var type in _sections.Keys) Reach(type);
        var left = new[] { typeof(ServerOptions).Assembly, typeof(Sandbox.Gateway.GatewayOptions).Assembly }.SelectMany(assembly => assembly.GetExportedTypes())
            .Where(type => type.Name.EndsWith("Options", StringComparison.Ordinal) && !reached.Contains(type));
        Assert.Empty(left);

        void Reach(Type type)
        {
            reached.Add(type);
            foreach (var property in Properties(type).Where(property => IsGroup(Content(property.PropertyType)))) Reach(Content(property.PropertyType));
        }
    }

    private static IEnumerable<Setting> Settings(Type type, string prefix)
    {
        var defaults = Activator.CreateInstance(type)!;
        foreach (var property in Properties(type))
        {
            var isList = property.PropertyType != typeof(string) && typeof(IEnumerable).IsAssignableFrom(property.PropertyType);
            var key = prefix + property.Name + (isList ? ":0" : "");
            if (IsGroup(Content(property.PropertyType)))
            {
                foreach (var inner in Settings(Content(property.PropertyType), key + ":")) yield return inner;
                continue;
            }

            var range = property.GetCustomAttribute<RangeAttribute>();
            yield return new Setting(
                key,
                isList || property.Name == nameof(PoolOptions.StartsAtOnce) ? "" : Text(property.GetValue(defaults)),
                range is null ? "" : $"{Bound(range.Minimum, property)} to {Bound(range.Maximum, property)}");
        }
    }

    private static IEnumerable<PropertyInfo> Properties(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.SetMethod is { IsPublic: true } || (property.PropertyType.IsGenericType && typeof(IEnumerable).IsAssignableFrom(property.PropertyType)));

    /// <summary>What a list is of, and what may be null without that.</summary>
    private static Type Content(Type type) =>
        type.IsArray ? type.GetElementType()! : type.IsGenericType ? type.GetGenericArguments()[0] : type;

    private static bool IsGroup(Type type) => type.IsClass && type != typeof(string);

    private static string Bound(object bound, PropertyInfo property) => Text(
        Content(property.PropertyType) == typeof(TimeSpan)
            ? TimeSpan.Parse((string)bound, CultureInfo.InvariantCulture)
            : Convert.ChangeType(bound, Content(property.PropertyType), CultureInfo.InvariantCulture));

    private static string Text(object? value) => value switch
    {
        bool flag => flag ? "true" : "false",
        int or long => string.Format(CultureInfo.InvariantCulture, "{0:N0}", value),
        double number => number.ToString("#,0.###", CultureInfo.InvariantCulture),
        TimeSpan time => time.ToString(time.Milliseconds == 0 ? @"c" : @"hh\:mm\:ss\.fff", CultureInfo.InvariantCulture),
        _ => $"{value}",
    };

    private static Dictionary<string, Row> Rows()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Sandbox.sln"))) folder = folder.Parent!;
        return RowPattern().Matches(File.ReadAllText(Path.Combine(folder.FullName, "docs", "configuration.md")))
            .ToDictionary(
                match => match.Groups["key"].Value,
                match => new Row(match.Groups["default"].Value.Trim(), match.Groups["range"].Value.Trim(), match.Groups["what"].Value.Trim()),
                StringComparer.Ordinal);
    }

    [GeneratedRegex(@"^\| `(?<key>[A-Za-z0-9:]+)`(?: [^|]*)? \|(?<default>[^|]*)\|(?<range>[^|]*)\|(?<what>[^|]*)\|$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RowPattern();

    private sealed record Setting(string Key, string Default, string Range);

    private sealed record Row(string Default, string Range, string What);
}
