# Stands in for apicurio/apicurio-registry: the same distribution, configured by the same variables.
FROM freshet-stand-in/jre
COPY registry/ /deployments/
USER 1001
WORKDIR /tmp
EXPOSE 8080
CMD ["java", "-XX:MaxRAMPercentage=50", "-jar", "/deployments/quarkus-run.jar"]
