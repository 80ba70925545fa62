using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Sandbox.Silo.Hosting;

/// <summary>Holds settings against the ranges of their attributes, and names those that are outside as the operator writes them.</summary>
/// <param name="section">Where they are; null for the top.</param>
internal sealed class SectionValidator<TOptions>(string? section) : IValidateOptions<TOptions>
    where TOptions : class
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, TOptions options)
    {
        var found = new List<ValidationResult>();
        return Validator.TryValidateObject(options, new ValidationContext(options), found, validateAllProperties: true)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(found.Select(result => $"{string.Join(", ", result.MemberNames.Select(Name))}: {result.ErrorMessage}"));
    }

    private string Name(string member) => section is null ? member : $"{section}:{member}";
}
