using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using Weft.Model.Addressing;
using Weft.Model.Resources;

namespace Weft.Server.Rest;

/// <summary>The OpenAPI document: what the generator cannot see by itself.</summary>
static class OpenApiSetup
{
    public static void AddWeftOpenApi(this IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new() { Title = "Weft", Version = "v1", Description = "Virtual networks for containers." };
            document.Servers = null;
            document.Components ??= new();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
            document.Components.SecuritySchemes["token"] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "Not needed on the server's Unix socket.",
            };
            document.Security = [new() { [new OpenApiSecuritySchemeReference("token", document)] = [] }];
            return Task.CompletedTask;
        });
        options.AddSchemaTransformer((schema, context, _) =>
        {
            if (Text(Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type) is { } text)
            {
                schema.Type = JsonSchemaType.String;
                schema.Pattern = null;
                schema.Description ??= text.Description;
                schema.Examples = [text.Example];
            }
            if (context.JsonTypeInfo.ElementType is { } element && Text(element) is { } item)
                schema.Items = new OpenApiSchema { Type = JsonSchemaType.String, Description = item.Description, Examples = [item.Example] };
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            foreach (var header in context.Description.ActionDescriptor.EndpointMetadata.OfType<HeaderParameter>())
            {
                operation.Parameters ??= [];
                operation.Parameters.Add(new OpenApiParameter
                {
                    Name = header.Name,
                    In = ParameterLocation.Header,
                    Description = header.Description,
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                });
            }
            return Task.CompletedTask;
        });
    });

    static (string Description, string Example)? Text(Type type) =>
        type == typeof(IPAddress) ? ("IPv4 or IPv6 address", "10.1.0.5")
        : type == typeof(IPNetwork) ? ("Prefix without host bits", "10.1.0.0/24")
        : type == typeof(MacAddress) ? ("Ethernet address", "02:42:ac:11:00:02")
        : type == typeof(PortRange) ? ("Port, or range of ports", "8000-8100")
        : null;
}
